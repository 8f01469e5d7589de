"""The supported LaTeX commands and their names in Typst."""

# fmt: off
_SAME = """
alpha beta gamma delta zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon chi psi omega
Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
partial nabla sum times exp ln log max min arg sin cos tan tanh sinh cosh lim sup inf det dim ker
in forall exists quad top approx equiv
"""

WORDS = {name: name for name in _SAME.split()} | {
    # Greek: for these letters Typst's default is the variant of LaTeX
    "varphi": "phi", "phi": "phi.alt", "varepsilon": "epsilon", "epsilon": "epsilon.alt", "vartheta": "theta.alt",
    # large operators
    "prod": "product", "int": "integral", "bigcup": "union.big", "bigcap": "inter.big",
    # relations
    "le": "lt.eq", "leq": "lt.eq", "ge": "gt.eq", "geq": "gt.eq", "ne": "eq.not", "neq": "eq.not", "ll": "lt.double",
    "gg": "gt.double", "sim": "tilde.op", "propto": "prop", "notin": "in.not", "subset": "subset",
    "subseteq": "subset.eq", "mid": "bar.v", "perp": "perp",
    # arrows
    "to": "arrow.r", "rightarrow": "arrow.r", "leftarrow": "arrow.l", "gets": "arrow.l", "mapsto": "arrow.r.bar",
    "Rightarrow": "arrow.r.double", "implies": "arrow.r.double.long", "iff": "arrow.l.r.double.long",
    "Leftrightarrow": "arrow.l.r.double",
    # operations
    "cdot": "dot.op", "otimes": "times.o", "oplus": "plus.o", "odot": "dot.o", "circ": "compose", "pm": "plus.minus",
    "mp": "minus.plus", "cup": "union", "cap": "inter", "setminus": "without", "land": "and", "wedge": "and",
    "lor": "or", "vee": "or", "neg": "not", "lnot": "not",
    # other signs
    "infty": "infinity", "emptyset": "emptyset", "ell": "ell", "ldots": "dots.h", "dots": "dots.h", "cdots": "dots.h.c",
    "vdots": "dots.v", "ddots": "dots.down", "intercal": "top",
    # brackets
    "{": "brace.l", "}": "brace.r", "lbrace": "brace.l", "rbrace": "brace.r", "|": "bar.v.double",
    "lvert": 'class("opening", bar.v)', "lVert": 'class("opening", bar.v.double)',
    "rvert": 'class("closing", bar.v)', "rVert": 'class("closing", bar.v.double)',
    "langle": "chevron.l", "rangle": "chevron.r", "lfloor": "floor.l", "rfloor": "floor.r",
    "lceil": "ceil.l", "rceil": "ceil.r",
    # space
    "qquad": "wide", ",": "thin", ":": "med", ";": "thick", " ": "space", "!": "", "%": "percent",
}

SIGNS = {sign: sign for sign in "+=<>!.?"} | {
    "-": "minus", "*": "ast.op", "|": "bar.v", "/": "slash", ",": "comma", ":": "colon", ";": "semi",
    "(": "paren.l", ")": "paren.r", "[": "bracket.l", "]": "bracket.r",
}

DELIMITERS = {sign: SIGNS[sign] for sign in "()[]|/"} | {".": ""}
_FENCES = ("{", "}", "lbrace", "rbrace", "|", "langle", "rangle", "lfloor", "rfloor", "lceil", "rceil")
DELIMITERS |= {rf"\{name}": WORDS[name] for name in _FENCES}
DELIMITERS |= {rf"\{side}{name}": bar for side in "lr" for name, bar in (("vert", "bar.v"), ("Vert", "bar.v.double"))}

ACCENTS = {
    "vec": "arrow", "hat": "hat", "widehat": "hat", "bar": "macron", "overline": "overline", "tilde": "tilde",
    "dot": "dot",
}

LETTERS = {
    "mathbf": "bold(upright({}))", "boldsymbol": "bold({})", "mathbb": "bb({})", "mathcal": "cal({})",
    "mathrm": "upright({})", "mathit": "italic({})",
}

# text before the rows, between cells, between rows, and after the rows
ENVIRONMENTS = {
    "cases": ("cases(", " & ", ", ", ")"),
    "pmatrix": ('mat(delim: "(", ', ", ", "; ", ")"),
    "bmatrix": ('mat(delim: "[", ', ", ", "; ", ")"),
    "matrix": ("mat(delim: #none, ", ", ", "; ", ")"),
}
