"""orpheus.toml: what is read, what is refused, and how a manifest is written."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.plugins.manifests import manifests

from orpheus_core.errors import InvalidPluginManifest
from orpheus_core.music import LinkPattern, MediaKind, Quality
from orpheus_core.plugins import (
    CredentialField,
    Feature,
    HookUse,
    PluginManifest,
    RateLimit,
    ServiceInfo,
    SettingInfo,
    SettingType,
)
from orpheus_core.plugins.manifest_file import LARGEST_BYTES, manifest_text, read_manifest

FILE = "/site/orpheus_x/orpheus.toml"
LEAST = 'id = "x"\napi = "1.0"\n'

SERVICE = """
[[services]]
id = "x"
name = "X"
kinds = ["album", "track"]
features = ["search"]
hosts = ["api.x.example", "*.cdn.example"]
qualities = ["medium"]
note = "previews only"

  [[services.links]]
  host = "www.x.example"
  path = "/{any?}/album/{id}"
  kind = "album"
  id_form = '\\d{1,19}'

  [[services.credentials]]
  name = "arl"
  label = "cookie"

  [[services.limits]]
  requests = 45
  window_s = 5
"""

WRITTEN = r"""
id = "x"
api = "1.0"
summary = "links and previews"

[[hooks]]
name = "orpheus_modules"

[[hooks]]
name = "orpheus_advise"
events = ["network.*"]

[[services]]
id = "x"
name = "X"
kinds = ["track", "album"]
features = ["search"]
hosts = ["api.x.example", "*.cdn.example"]
qualities = ["medium"]
note = "previews only"

  [[services.links]]
  host = "www.x.example"
  path = "/{any?}/album/{id}"
  kind = "album"
  id_form = '\d{1,19}'

  [[services.credentials]]
  name = "arl"
  label = "cookie"

  [[services.limits]]
  requests = 45
  window_s = 5.0
"""


NOTE = 'note = "previews only"'


def read(text: str) -> PluginManifest:
    return read_manifest(text.encode(), FILE)


def faults(text: str | bytes) -> list[str]:
    """What is wrong with a manifest, one by one."""
    with pytest.raises(InvalidPluginManifest) as caught:
        read_manifest(text if isinstance(text, bytes) else text.encode(), FILE)
    assert FILE in caught.value.title
    return caught.value.why.split("; ")


def is_read_or_refused(content: bytes) -> bool:
    """Whether nothing else is raised than what says why."""
    try:
        return bool(read_manifest(content, FILE).id)
    except InvalidPluginManifest as error:
        return bool(error.why)


# --- what is read -----------------------------------------------------------------------


def test_a_manifest_says_what_its_plugin_brings() -> None:
    """Words become enums, lists tuples and sets."""
    assert read(LEAST + SERVICE).services == (
        ServiceInfo(
            id="x",
            name="X",
            kinds=frozenset({MediaKind.ALBUM, MediaKind.TRACK}),
            features=frozenset({Feature.SEARCH}),
            hosts=("api.x.example", "*.cdn.example"),
            links=(
                LinkPattern(
                    host="www.x.example",
                    path="/{any?}/album/{id}",
                    kind=MediaKind.ALBUM,
                    id_form=r"\d{1,19}",
                ),
            ),
            qualities=(Quality.MEDIUM,),
            credentials=(CredentialField(name="arl", label="cookie"),),
            limits=(RateLimit(requests=45, window_s=5.0),),
            note="previews only",
        ),
    )


@pytest.mark.parametrize(
    ("text", "api"), [('"1.0"', ((1, 0),)), ('["1.2", "2.0"]', ((1, 2), (2, 0)))]
)
def test_an_api_is_one_version_or_a_list(text: str, api: tuple[tuple[int, int], ...]) -> None:
    """One is what nearly every plugin has."""
    assert read(f'id = "x"\napi = {text}\n').api == api


def test_hooks_of_other_plugins_are_left_to_the_host() -> None:
    """Only it knows which hooks the others add; so is one of the plugin's own, near or not."""
    text = """adds_hooks = ["orpheus_x_tags"]
        [[hooks]]
        name = "orpheus_deezer_found_album"
        [[hooks]]
        name = "orpheus_event_log"
        [[hooks]]
        name = "orpheus_x_tags"
        """
    assert [use.name for use in read(LEAST + text).hooks] == [
        "orpheus_deezer_found_album",
        "orpheus_event_log",
        "orpheus_x_tags",
    ]


def test_a_byte_order_mark_is_no_fault() -> None:
    """Some editors begin a file with one."""
    assert read_manifest(b"\xef\xbb\xbf" + LEAST.encode(), FILE).id == "x"


# --- what is refused --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('sumary = ""', "sumary: there is no such key, did you mean summary?"),
        ('"a b" = 1', '"a b": there is no such key, its keys are adds_hooks, api'),
        ("summary = 4", "summary: text was due, not a number"),
        ('summary = "a\\nb"', "summary: a text has one line"),
        ('hosts = "x.example"', "hosts: a list was due, not text"),
        ('hosts = ["x.example", 4]', "hosts[1]: text was due, not a number"),
        ('hosts = ["https://x.example/a"]', "is no name of a host, did you mean x.example?"),
        ('hosts = ["*"]', "hosts[0]: '*' is no name of a host"),
        ('hosts = ["*.*.example"]', "is no name of a host"),
        ('hosts = ["a..b"]', "is no name of a host"),
        ('hosts = ["x.example:80"]', "did you mean x.example?"),
        ('hosts = [""]', "hosts[0]: it is empty"),
        ('adds_hooks = ["orpheus_y_a"]', "adds_hooks[0]: the name of a hook of its own begins"),
        ('adds_hooks = ["x_a"]', "adds_hooks[0]: 'x_a' is not the name of a hook"),
        ('sample = "orpheus_x.sample"', "is not written as package.module:object"),
        ("hooks = 1979-05-27", "hooks: a list was due, not a time"),
        ('hooks = ["orpheus_tags"]', "hooks[0]: a table was due, not text"),
        ("[[hooks]]", "hooks[0].name: it is missing"),
        ('[[hooks]]\nname = "orpheus_tag"', "hooks[0].name: there is no hook 'orpheus_tag', did "),
        ('[[hooks]]\nname = "orpheus_run_stages"', "did you mean orpheus_run_stage?"),
        ('[[hooks]]\nname = "orpheus_zzz"', "orpheus plugin hooks lists them"),
        ('[[hooks]]\nname = "advise"', "did you mean orpheus_advise?"),
        ('[[hooks]]\nname = "orpheus_tags"\nevents = ["a"]', "hooks[0].events: only orpheus_adv"),
        ('[[hooks]]\nname = "orpheus_tags"\nwrapper = true', "hooks[0].wrapper: only orpheus_run"),
        ('[[hooks]]\nname = "orpheus_event"\nevents = ["A b"]', "hooks[0].events[0]: 'A b' is not"),
        (
            '[[hooks]]\nname = "orpheus_tags"\ntryfirst = 1',
            "tryfirst: true or false was due, not a",
        ),
        ('[[logins]]\nname = ""\nservice = "x"', "logins[0].name: it is empty"),
        ('[[stages]]\nname = "a"\nscope = "trak"', "stages[0].scope: there is no 'trak', did you "),
        ('[[stages]]\nname = "a"\nscope = "zz"', "the words here are job, track"),
        (
            '[[secret_backends]]\nname = "a"\npriority = 1.5',
            "priority: a whole number was due, not",
        ),
        ('[[secret_backends]]\nname = "a"\npriority = true', "was due, not true or false"),
        (f'[[secret_backends]]\nname = "a"\npriority = {2**63}', "has 64 bits at most"),
        ('[[commands]]\nwords = []\nhelp = ""', "commands[0].words: the list is empty"),
        ('[[commands]]\nwords = ["A"]\nhelp = ""', "commands[0].words[0]: 'A' is not"),
        ('[[settings]]\nkey = "A"\ntype = "flag"\ndefault = 1\nhelp = ""', "settings[0].key: 'A'"),
        ('[[settings]]\nkey = "a"\ntype = "flag"\ndefault = 1\nhelp = ""', "type flag needs true"),
        (
            '[[settings]]\nkey = "a"\ntype = "text"\ndefault = [1]\nhelp = ""',
            "default: text, a num",
        ),
        ('[[settings]]\nkey = "a"\ntype = "number"\ndefault = nan\nhelp = ""', "a finite number"),
        ('[[settings]]\nkey = "a"\ntype = "number"\ndefault = true\nhelp = ""', "needs a number"),
    ],
)
def test_a_fault_is_named_with_its_place_and_what_is_near(text: str, fault: str) -> None:
    """A person mends it without a search."""
    (found,) = faults(LEAST + text)
    assert fault in found


@pytest.mark.parametrize(
    ("line", "instead", "fault"),
    [
        ('id = "x"\nname', 'id = "X"\nname', "services[0].id: 'X' is not lower-case letters"),
        (
            'kinds = ["album"',
            'kinds = ["albums"',
            "services[0].kinds[0]: there is no 'albums', did ",
        ),
        ('host = "www.x', 'host = "*.x', "services[0].links[0].host: '*.x.example' is no name"),
        ("/{id}", "", "services[0].links[0]: the path '/{any?}/album' needs {id}, once"),
        ("'\\d{1,19}'", '"("', "services[0].links[0]: '(' is no form of an id"),
        ("requests = 45", "requests = 0", "limits[0].requests: a whole number of at least 1"),
        ("window_s = 5", "window_s = 0.0", "limits[0].window_s: a number above 0"),
        ("window_s = 5", "window_s = inf", "limits[0].window_s: a finite number"),
        ("label =", "lable =", "services[0].credentials[0].lable: there is no such key, did you"),
        (NOTE, 'mirrors = ["a.x"]', "services[0].mirrors[0]: a list was due, not text"),
        (
            NOTE,
            'mirrors = [["http://a.x"]]',
            "mirrors[0][0]: 'http://a.x' is no name of a host, did",
        ),
        (NOTE, 'mirrors = [["api.x.example"]]', "services[0]: mirrors: a group has two hosts at"),
        (
            NOTE,
            'mirrors = [["api.x.example", "b.cdn.example"]]',
            "services[0]: mirrors: 'b.cdn.example' is none of its hosts, by the full name",
        ),
        (
            NOTE,
            'mirrors = [["api.x.example", "api.x.example"]]',
            "services[0]: mirrors: 'api.x.example' is named twice",
        ),
    ],
)
def test_a_fault_of_a_service_is_named_like_any_other(line: str, instead: str, fault: str) -> None:
    """However deep it lies, and whichever class refuses the value."""
    assert line in SERVICE
    assert any(fault in found for found in faults(LEAST + SERVICE.replace(line, instead)))


@pytest.mark.parametrize(
    "text",
    [
        '[[hooks]]\nname = "orpheus_tags"\n' * 2,
        '[[stages]]\nname = "a"\nscope = "job"\n' * 2,
        '[[commands]]\nwords = ["a", "b"]\nhelp = ""\n' * 2,
        '[[logins]]\nname = "a"\nservice = "x"\n' * 2,
        SERVICE + '[[services.credentials]]\nname = "arl"\nlabel = ""\n',
        '[[logins]]\nname = "a"\nservice = "x"\n'
        + '[[logins.fields]]\nname = "b"\nlabel = ""\n' * 2,
    ],
)
def test_a_name_that_stands_twice_is_refused(text: str) -> None:
    """Which of them would count? The place of the second is named."""
    (fault,) = faults(LEAST + text)
    assert "[1]." in fault
    assert "is named twice" in fault


def test_two_services_may_have_logins_of_one_name() -> None:
    """A login is named by both."""
    text = '[[logins]]\nname = "a"\nservice = "x"\n[[logins]]\nname = "a"\nservice = "y"\n'
    assert len(read(LEAST + text).logins) == 2


def test_every_fault_is_told_at_once() -> None:
    """Nobody mends a file line by line, running a command after each."""
    found = faults('id = "X"\nsumary = ""\n[[hooks]]\nname = "orpheus_tag"\nwraper = true\n')
    assert [fault.partition(":")[0] for fault in found] == [
        "id",
        "api",
        "hooks[0].wraper",
        "sumary",
        "hooks[0].name",
    ]


def test_a_thousand_faults_are_counted() -> None:
    """And the first are told."""
    found = faults(LEAST + "[[hooks]]\n" * 1000)
    assert len(found) == 21
    assert found[-1] == "and 980 more"


@pytest.mark.parametrize("api", ['"1"', '"1.x"', "1.0", "[]", '["1.0", 2]', '"-1.0"'])
def test_an_api_that_is_no_version_is_refused(api: str) -> None:
    """A number would make 1.10 of 1.1."""
    (fault,) = faults(f'id = "x"\napi = {api}\n')
    assert fault.startswith("api: ")


@pytest.mark.parametrize(
    "content",
    [
        b"id = ",
        b"id = '\xff'",
        b"a = " + b"[" * 100_000,
        b"a = " + b"9" * 10_000,
        LEAST.encode() + b"#" * LARGEST_BYTES,
    ],
    ids=["cut", "no-text", "deep", "digits", "large"],
)
def test_what_is_no_manifest_at_all_is_refused(content: bytes) -> None:
    """In one sentence, and in no time."""
    fault = faults(content)[0]
    assert fault.startswith(("it is not TOML: ", "it has more than 1,000,000 bytes"))


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8")))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """Nothing else is raised."""
    assert is_read_or_refused(content)


_anything = st.recursive(
    st.integers(-9, 9) | st.text("ab_. \x7f", max_size=4) | st.booleans() | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["name", "id", "links", "key", "words", "x"]), inner)
    ),
    max_leaves=6,
)


def in_toml(value: object) -> str:
    """*value* in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {in_toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(in_toml, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value)
    return str(value).lower()


@given(st.dictionaries(st.sampled_from([f.name for f in attrs.fields(PluginManifest)]), _anything))
def test_any_table_is_read_or_refused(table: dict[str, object]) -> None:
    """Whatever stands where something else was due."""
    text = "".join(f"{key} = {in_toml(value)}\n" for key, value in table.items())
    text = text.replace("\x7f", "\\u007f")
    assert tomllib.loads(text).keys() == table.keys()
    assert is_read_or_refused(text.encode())


# --- what is written --------------------------------------------------------------------


def test_a_manifest_is_written_as_a_person_would() -> None:
    """What is as it is by default is left out; no table is written in one line."""
    manifest = PluginManifest(
        id="x",
        api=((1, 0),),
        summary="links and previews",
        hooks=(
            HookUse(name="orpheus_modules"),
            HookUse(name="orpheus_advise", events=("network.*",)),
        ),
        services=read(LEAST + SERVICE).services,
    )
    assert manifest_text(manifest) == WRITTEN.lstrip()


def test_a_long_list_is_written_one_item_a_line() -> None:
    """Lines of a hundred letters and no more."""
    hosts = tuple(f"host-{number}.example" for number in range(20))
    text = manifest_text(PluginManifest(id="x", api=((1, 0),), hosts=hosts))
    assert '\nhosts = [\n  "host-0.example",\n' in text
    assert max(map(len, text.splitlines())) < 100
    assert read(text).hosts == hosts


@pytest.mark.parametrize(
    "text", ["\x7f", "\x00\x1b\n\t", "\\ ' \"", "\\d\n", "\ufffe", "\x85\u2028"]
)
def test_any_text_is_written_so_that_it_can_be_read(text: str) -> None:
    """The default of a setting may hold what TOML wants escaped."""
    setting = SettingInfo(key="k", type=SettingType.TEXT, default=text, help="")
    manifest = PluginManifest(id="x", api=((1, 0),), settings=(setting,))
    assert read(manifest_text(manifest)) == manifest


@given(manifests())
def test_what_is_written_is_read_as_it_was(manifest: PluginManifest) -> None:
    """Any manifest; and the text is the same each time."""
    text = manifest_text(manifest)
    assert read_manifest(text.encode(), FILE) == manifest
    assert manifest_text(read_manifest(text.encode(), FILE)) == text


def test_cattrs_is_imported_when_a_manifest_is_read() -> None:
    """And not before: most commands read none."""
    code = (
        "import sys; from orpheus_core.plugins import manifest_file as file;"
        "assert 'cattrs' not in sys.modules;"
        f"file.read_manifest({LEAST.encode()!r}, ''); assert 'cattrs' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
