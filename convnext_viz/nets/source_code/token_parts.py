"""What the sources of all networks of tokens have in common: the MLP, the block, how it loads."""

from convnext_viz.nets.source_code.parts import ACTIVATION
from convnext_viz.nets.source_code.templates import Lines, call, number, written
from convnext_viz.specs import ViTSpec
from convnext_viz.text import t

_MLP = '''
class MLP(nn.Module):
    """x -> fc2(act(fc1(norm(x))))."""

    $init
        super().__init__()
        self.norm = nn.LayerNorm(dim, eps=$eps)
        self.fc1 = nn.Linear(dim, $hidden)
        self.act = $act
        self.fc2 = nn.Linear($hidden, dim)
        $gamma
        $drop_path

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        $steps
'''


def hidden(ratio: float) -> str:
    """The inner width of an MLP, as an expression in ``dim``."""
    return f"{int(ratio)} * dim" if float(ratio).is_integer() else f"int({number(ratio)} * dim)"


def ending(last: str, spec: ViTSpec) -> Lines:
    """The end of a branch: its last layer, then layer scale and stochastic depth, if any."""
    steps = [last]
    steps += ["self.gamma * x"] if spec.layer_scale is not None else []
    steps += ["self.drop_path(x)"] if spec.drop_path_rate > 0 else []
    return [*(f"x = {step}" for step in steps[:-1]), f"return {steps[-1]}"]


def mlp(spec: ViTSpec) -> Lines:
    """The class of the second branch of a block."""
    drops, scaled = spec.drop_path_rate > 0, spec.layer_scale is not None
    arguments = ["self", "dim: int", *(["drop_path: float"] if drops else [])]
    gamma = f"self.gamma = nn.Parameter({number(spec.layer_scale or 0)} * torch.ones(dim))"
    return written(
        _MLP,
        init=call("def __init__", arguments, 4, tail=" -> None:"),
        eps=number(spec.norm_eps),
        hidden=hidden(spec.mlp_ratio),
        act=ACTIVATION[spec.act],
        gamma=[gamma] if scaled else [],
        drop_path=["self.drop_path = DropPath(drop_path)"] if drops else [],
        steps=ending("self.fc2(self.act(self.fc1(self.norm(x))))", spec),
    )


_BLOCK = '''
class Block(nn.Module):
    """$doc"""

    $init
        super().__init__()
        self.attn = Attention($attention)
        self.mlp = MLP($mlp)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attn(x)
        return x + self.mlp(x)
'''


def block(spec: ViTSpec) -> Lines:
    """The class of a block: both branches, each added to what it reads."""
    rate = ["drop_path"] if spec.drop_path_rate > 0 else []
    arguments = ["self", "dim: int", "heads: int", *(f"{one}: float" for one in rate)]
    return written(
        _BLOCK,
        doc=t("nets.code.token_block"),
        init=call("def __init__", arguments, 4, tail=" -> None:"),
        attention=", ".join(["dim", "heads", *rate]),
        mlp=", ".join(["dim", *rate]),
    )


_LOAD = '''
def load_weights(model: nn.Module, state: dict[str, torch.Tensor]) -> None:
    """$doc"""
    renamed = {}
    for name, value in state.items():
        name = name.replace(".body.", ".")
        name = name.replace("$ours", "$theirs")
        renamed[name] = value
    model.load_state_dict(renamed)
'''


def load(ours: str, theirs: str) -> Lines:
    """The function that reads weights of ours; one ending of a name is another one here."""
    return written(_LOAD, doc=t("nets.code.token_load"), ours=ours, theirs=theirs)
