"""What a job of Kubernetes meets, without Kubernetes: the Job is checked against the API's schema and run right here.

Only what profiles/kubernetes calls. The state lies in the folder KUBE: NAME.json the Job, NAME.out its exit code.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate

KUBE = Path(os.environ["KUBE"])


def create(job: Any) -> None:
    kubernetes_validate.validate(job, kubernetes_validate.latest_version(), strict=True)
    name, spec = job["metadata"]["name"], job["spec"]["template"]["spec"]
    container = spec["containers"][0]
    (KUBE / f"{name}.json").write_text(json.dumps(job))
    command = ["sh", "-c", '"$@"; echo $? > "$0"', str(KUBE / f"{name}.out"), *container["command"]]
    environment = {"PATH": os.defpath} | {one["name"]: one["value"] for one in container["env"]}  # as in an image
    with (KUBE / f"{name}.log").open("w") as log:
        subprocess.Popen(
            command,
            cwd=container["workingDir"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    print(f"job.batch/{name} created")


def get(name: str) -> None:
    if not (KUBE / f"{name}.json").exists():
        return
    path = KUBE / f"{name}.out"
    code = path.read_text().strip() if path.exists() else ""
    print("job", "1" if code == "0" else "", "1" if code not in ("", "0") else "", end="")


def main() -> None:
    match sys.argv[1:]:
        case ["create", "-f", "-"]:
            create(json.load(sys.stdin))
        case ["get", "job", name, "--ignore-not-found", "--output", _]:
            get(name)
        case other:
            sys.exit(f"kubectl was called with {other}")


if __name__ == "__main__":
    main()
