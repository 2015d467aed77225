"""What a spec comes to on a corpus, as lines for people. It must not know hosts or arguments."""

from __future__ import annotations

from rnnlab.cli.describe import duration, percent, size
from rnnlab.cli.output import Output
from rnnlab.hosts.values import Preflight
from rnnlab.specs import RunSpec, find_field, to_toml
from rnnlab.text.amounts import counted


def print_plan(out: Output, spec: RunSpec, found: Preflight) -> None:
    """Sizes, time, and a spec to begin with."""
    out.facts(_facts(spec, found))
    rows = [
        (each.path, find_field(each.path).show(spec.value(each.path)), each.value, each.reason)
        for each in found.suggestions
    ]
    out.write("\n")
    out.table(("to begin with", "now", "better", "because"), rows, elastic="because")
    out.say("`rnnlab corpus plan … --toml | rnnlab train --spec -` trains the better one")


def suggested(spec: RunSpec, found: Preflight) -> RunSpec:
    """The spec with every suggestion followed."""
    return spec.replace({each.path: find_field(each.path).parse(each.value) for each in found.suggestions})


def toml(spec: RunSpec, found: Preflight) -> str:
    """The suggested spec as a file, each reason above its value."""
    text = to_toml(suggested(spec, found))
    for each in found.suggestions:
        name = each.path.partition(".")[2]
        section, mark, rest = text.partition(f"[{each.path.partition('.')[0]}]\n")
        text = section + mark + rest.replace(f"{name} = ", f"# {each.reason}\n{name} = ", 1)
    return text


def _facts(spec: RunSpec, found: Preflight) -> list[tuple[str, str]]:
    plan, probe = found.plan, found.measured
    held_out = counted(plan.validation_tokens, "token") if plan.validation_tokens else "none"
    test = f"; test {counted(plan.test_tokens, 'token')}" if plan.test_tokens else ""
    unknown = f", {percent(found.unknown_share)} of them <unk>" if found.unknown_share else ""
    return [
        ("text", f"{counted(found.tokens, 'token')} of {counted(found.vocabulary, 'kind')}{unknown}"),
        ("training", f"{counted(plan.train_tokens, 'token')}; validation {held_out}{test}"),
        ("batches", f"{plan.batches:,} an epoch, {counted(plan.total_steps, 'step')} in all"),
        ("weights", f"{plan.parameters:,}, {found.tokens_per_weight:.2g} training tokens for each"),
        ("memory", f"about {size(found.memory_bytes)} of {size(found.available_bytes)} that are free"),
        (
            "speed",
            f"{probe.tokens_per_s:,.0f} tokens/s on {probe.device} ({probe.engine}), "
            f"from {counted(probe.steps, 'step')}"
            if probe
            else "",
        ),
        ("time", f"about {duration(found.seconds)}" if found.seconds is not None else ""),
    ]
