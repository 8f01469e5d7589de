r"""The spellings of a formula: every way of writing that means the same is replaced by one before it is parsed.

A new spelling is a line in one of the tables below. `\left`, `\vec` or a curly prime carry no meaning; `o_k^(2)` and
`o_k^{(2)}` are the same layer; `w^T x`, `\vec{w} \cdot \vec{x}` and `\langle w, x \rangle` are the same net input.
"""

import re
import unicodedata

MAX_CHARACTERS = 2_000  # characters
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₕᵢⱼₖₗₘₙₒₚₛₜ", "0123456789+-aehijklmnopst")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ᵀᵏⁱʲᵐⁿ", "0123456789+-()Tkijmn")
_CHARACTERS = str.maketrans(
    {
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff", ""),
        **dict.fromkeys("’‘′´ʹ", "'"),
        **dict.fromkeys("•∙⋅×✕", "·"),
        **dict.fromkeys("−–—﹣－", "-"),
        **{
            "Δ": r"\Delta ",
            "⊙": r"\odot ",
            "⊗": r"\otimes ",
            "½": "(1/2)",
            "¼": "(1/4)",
            "→": r"\to ",
            "⟵": "←",
            "≔": ":=",
            "Φ": r"\Phi ",
        },
        **{"∈": r"\in ", "∑": "Σ", "⊤": r"\top ", "∣": "|", "⁄": "/", "𝜕": "∂", "\u2009": " "},
    }
)
_WRAPPINGS = (  # around the whole answer
    (
        r"\\begin\s*\{(?:align|equation|aligned|gather|split)\*?\}|\\end\s*\{(?:align|equation|aligned|gather|split)\*?\}",
        " ",
    ),
    (r"\\\[|\\\]|\\\((?!\d\))|(?<!\d)\\\)|\$", " "),
    (r"\\(?:boxed|fbox)\s*\{(.*)\}", r" \1 "),
    (r"\\\\\s*&?|^\s*&|&(?=\s*(?:=|\\gets|\\leftarrow|:=|\+=))|(?<==)\s*&", " "),
    (r"\\(?:nonumber|notag|displaystyle|textstyle|nolimits|limits|quad|qquad|enspace)(?![A-Za-z])", " "),
    (r"\\[,;:! >]|~", " "),
    (r"(?<=[^\s])\s*(?:[;!]|\\\.|\.(?!\d))\s*$", ""),
    (r",\s*$", ""),
)
_LATEX = (
    (r"\\left\s*\\\{|\\[bB]igg?l?\s*\\\{|\\\{|\\lbrace(?![A-Za-z])", "("),
    (r"\\right\s*\\\}|\\[bB]igg?r?\s*\\\}|\\\}|\\rbrace(?![A-Za-z])", ")"),
    (r"\\(?:left|right|middle|[bB]igg?[lrm]?)(?![A-Za-z])\s*\.?", ""),
    (r"\\(?:lvert|rvert|vert)(?![A-Za-z])", "|"),
    (r"\\(?:lbrack|lparen)(?![A-Za-z])", "("),
    (r"\\(?:rbrack|rparen)(?![A-Za-z])", ")"),
    (r"\\substack\s*\{((?:[^{}]|\{[^{}]*\})*)\}", r"\1"),
    (r"\\(?:mathrm|text|operatorname|mathit|textrm|textit|mbox)\s*\*?\s*\{\s*([A-Za-z]+)\s*\}", r"\1"),
    (r"\\(?:vec|mathbf|boldsymbol|bm|mathbb|bold|overrightarrow)\s*\{([^{}]*)\}", r"\1"),
    (r"\\(?:vec|mathbf|boldsymbol|bm|bf)\s*(?=[A-Za-z\\])", ""),
    (r"(?<![_^A-Za-z}])\{\s*(\\?[A-Za-z]+)\s*\}(?=\s*[_^'])", r"\1"),
    (r"(\\partial|∂)\s*\{\s*([^{}]*)\}", r"\1 \2"),
    (r"(\\partial|∂|(?<![A-Za-z])d)\s*E\s*\(\s*[Ww]\s*\)", r"\1 E"),
    (r"\\d(?=\s*E\b)", "d"),
    (r"(\^|_)\s*\\prime", "'"),
    (r"\^\s*\{\s*(?:\\prime|')\s*\}", "'"),
    (r"\\(?:leftarrow|gets|coloneqq|coloneq)(?![A-Za-z])|<-|←|:=", r" \\gets "),
    (r"\\(?:rightarrow|to)(?![A-Za-z])|->", r" \\to "),
    (r"\\(?:eq|equiv)(?![A-Za-z])|≡|==", "="),
    (r"\\(?:ast|star|bullet)(?![A-Za-z])", "*"),
    (r"\\circ(?![A-Za-z])", r"\\odot"),
    (r"\|([^|]{1,200})\|", r"abs(\1)"),
)
_SYMBOLS = (  # a layer in brackets, an instance, a transposition; `o_k^2` is a power
    (r"(?<=[A-Za-z0-9}])(?<!\be)\s*\^\s*\(\s*(\d)\s*\)", r"^{(\1)}"),
    (r"\^\s*\{\s*\(\s*[a-z]\s*\)\s*\}|(?<=[A-Za-z0-9}])\^\s*\(\s*i\s*\)", ""),
    (r"\^\s*(?:\{\s*(?:\\top|\\intercal|T|\\mathsf\s*T|\\mathsf\s*\{T\})\s*\}|\\top|\\intercal|T(?![A-Za-z]))", "^T "),
    (r"\^\s*\{?\s*(?:new|neu)\s*\}?", "'"),
    (r"_\s*\{\s*1\s*(?:\\leq?|≤)\s*([a-z])\s*(?:\\leq?|≤)\s*([a-z])\s*\}", r"_{\1=1}^{\2}"),
    (r"_\s*\{\s*([a-z])\s*\\in\s*\(\s*1\s*,[^{}]*,\s*([a-z])\s*\)\s*\}", r"_{\1=1}^{\2}"),
    (r"\\nabla\s*_\s*\{?\s*([A-Za-z])\s*\}?\s*E(?![A-Za-z])", r"\\frac{\\partial E}{\\partial \1}"),
    (r"\^\s*\{\s*([+-]?\d+)\s*\}", r"^{\1}"),
    (r"(?<=[A-Za-z])_\s*([a-z0-9]),([a-z0-9])(?![A-Za-z0-9(_])", r"_{\1,\2}"),
    (r"(?<![\w{,.])(\d+),(\d+)(?![\w,}.])", r"\1.\2"),
    (r"\bP\s*\(\s*c\s*_?\s*(?:\{\s*[+1]\s*\}|[+1])\s*(?:\\mid|\|)\s*x\s*\)", r"\\varphi "),
)
_FUNCTIONS = (
    (r"(\\(?:ln|log|exp))\s*(\\[dt]?frac\s*\{[^{}]*\}\s*\{[^{}]*\})", r"\1(\2)"),
    (r"\\?(?:sigmoid|logistic)(?![A-Za-z])", r"\\sigma"),
    (r"\\?Phi(?![A-Za-z])", r"\\phi"),
)
_NET_INPUT = (  # of a neuron
    r"(?<![A-Za-z_])w\s*\^T\s*x(?![A-Za-z_^])|(?<![A-Za-z_])[wx]\s*(?:\\cdot|\\times|[·*])\s*[xw](?![A-Za-z_^])"
    r"|\\langle\s*[wx]\s*,\s*[wx]\s*\\rangle"
)


def normalize(text: str, has_net_input: bool = False) -> str:
    """Return a formula in the spelling that the grammar knows.

    Args:
        text: The formula as it was written.
        has_net_input: Whether the product of the vectors w and x is the net input s.
    """
    text = re.sub(
        "([₀-₉₊₋ₐₑₕᵢⱼₖₗₘₙₒₚₛₜ]+)", lambda found: f"_{{{found[1].translate(_SUBSCRIPTS)}}}", text[: 4 * MAX_CHARACTERS]
    )
    text = re.sub("([⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ᵀᵏⁱʲᵐⁿ]+)", lambda found: f"^{{{found[1].translate(_SUPERSCRIPTS)}}}", text)
    text = unicodedata.normalize("NFKC", text.translate(_CHARACTERS)).translate(_CHARACTERS)
    for pattern, new in (*_WRAPPINGS, *_LATEX, *_SYMBOLS, *_FUNCTIONS):
        text = re.sub(pattern, new, text)
    if has_net_input:
        text = re.sub(_NET_INPUT, " s ", text)
    return re.sub(r"\s+", " ", text).strip()
