"""An import contract of our own: enter a room by its face."""

from typing import Any

from importlinter import Contract, ContractCheck, fields, output

GROUND = ("kernel", "engines", "cli")


class FaceContract(Contract):
    """A capability is entered by its face: the package itself, never a file of it."""

    root = fields.StringField()

    def check(self, graph: Any, verbose: bool) -> ContractCheck:
        """Find every import that goes behind another room's face."""
        broken = [
            (importer, imported)
            for importer in sorted(graph.modules)
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if crosses(str(self.root), importer, imported)
        ]
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Name each import that has to go."""
        for importer, imported in check.metadata["broken"]:
            output.print_error(f"{importer} reaches behind the face of {imported}")


def crosses(root: str, importer: str, imported: str) -> bool:
    """True when `importer` lies outside the room whose file it imports.

    >>> crosses("zhengtong", "zhengtong.data.intake.actions", "zhengtong.data.catalogue.tables")
    True
    >>> crosses("zhengtong", "zhengtong.data.intake.actions", "zhengtong.data.catalogue")
    False
    """
    there = imported.split(".")
    if there[0] != root or len(there) < 4 or there[1] in GROUND:
        return False
    return importer.split(".")[:3] != there[:3]
