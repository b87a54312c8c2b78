"""Options that only make sense together: what a mode allows, and limits that must leave something between them."""

from dataclasses import dataclass

from kodokeep.config.problems import quoted, wrong_value
from kodokeep.config.schema import PairSection
from kodokeep.config.values import either
from kodokeep.model.options import DELETIONS, Conflicts, Deletions, FilterOptions, Mode


@dataclass(frozen=True, slots=True)
class PairRules:
    """What decides about the keys of the pair `name`. `own` is its section alone, `options` has the defaults, too.

    What is wrong is added to `problems`.
    """

    name: str
    own: PairSection
    options: PairSection
    problems: list[str]

    def deletions(self) -> Deletions:
        """What the mode allows; its own default if nothing is said."""
        allowed = DELETIONS[self.options.mode]
        written = self.options.deletions
        if written is None:
            return allowed[0]
        if written.lower() in allowed:
            return Deletions(written.lower())
        expected = f"{either(allowed)} (mode = {self.options.mode})"
        section = f"bucket:{self.name}"
        if self.own.deletions is None:
            section, expected = "defaults", f"for [{section}] {expected}"
        self.problems.append(wrong_value(section, "deletions", written, expected))
        return allowed[0]

    def conflicts(self) -> Conflicts:
        """Only sync has any. What [defaults] say is meant for the pairs that do."""
        mode = self.options.mode
        if mode is not Mode.SYNC:
            if self.own.conflicts is not None:
                self.problems.append(
                    f"[bucket:{self.name}] conflicts: only mode = sync has conflicts; this pair's mode is {mode}"
                )
            return Conflicts.KEEP_BOTH
        return self.options.conflicts or Conflicts.KEEP_BOTH

    def filters(self) -> FilterOptions:
        """A backup skips nothing by itself (rule 18)."""
        options = self.options
        if options.include and all(pattern.startswith("!") for pattern in options.include):
            self._complain("include", "has only patterns that take back (!), so nothing would take part")
        for low, high in (("min_size", "max_size"), ("min_age", "max_age")):
            least, most = getattr(options, low), getattr(options, high)
            if least is not None and most is not None and least > most:
                self._complain(low, f"is more than {high}, so nothing would take part")
        junk = options.default_excludes
        return FilterOptions(
            include=options.include,
            exclude=options.exclude,
            default_excludes=junk if junk is not None else options.mode is not Mode.BACKUP,
            min_size_bytes=options.min_size,
            max_size_bytes=options.max_size,
            min_age_s=options.min_age,
            max_age_s=options.max_age,
        )

    def guard_prefixes(self) -> tuple[str, ...]:
        """Prefixes that are judged by themselves; none may lie outside of the pair."""
        for prefix in self.options.guard_prefixes:
            if not prefix.startswith(self.options.prefix):
                self._complain(
                    "guard_prefixes",
                    f"{quoted(prefix)} does not begin with the pair's prefix {quoted(self.options.prefix)}",
                )
        return self.options.guard_prefixes

    def _complain(self, option: str, problem: str) -> None:
        self.problems.append(f"[bucket:{self.name}] {option}: {problem}")
