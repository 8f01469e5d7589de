"""Why a file would be made again: asked of both engines, told in a sentence each."""
