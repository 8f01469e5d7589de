"""`lemma stages`: the stages of the pipeline, and the files that are generated from their table."""

from typing import Annotated

import typer

from lemma.cli.app import USE, Project, app, load_params


@app.command("stages", rich_help_panel=USE)
def stages(
    write: Annotated[
        bool, typer.Option("--write", help="Write dvc.yaml, and the table in the documentation, for params.yaml.")
    ] = False,
) -> None:
    """List the stages in order or, with --write, write dvc.yaml for the experiment in params.yaml."""
    from lemma.stages.generated import write_generated
    from lemma.stages.table import STAGES

    params = load_params()
    if write:
        written = write_generated(Project.layout.root, params)
        print("\n".join(f"wrote {path}" for path in written) or "Everything generated is up to date.")
        return
    width = max(len(name) for name in STAGES)
    for stage in STAGES.values():
        print(f"{stage.name:<{width}}  {stage.help}")
