# The workflow is workflow/Snakefile; this file lets `snakemake` be typed at the top of the repository.
include: "workflow/Snakefile"


workflow.default_target = "all"  # an included file does not set it
