"""Why some models are not drawn: their attention is no map over one patch grid."""

from __future__ import annotations

_WINDOWED = (
    *("swin", "swinv2", "swin2sr", "maxvit", "donut-swin", "focalnet", "dinat", "nat"),
    *("sam", "sam_vision_model", "sam2", "sam3", "sam_hq", "got_ocr2", "vitdet"),
    *("qwen2_5_vl", "qwen3_vl", "mobilevit", "mobilevitv2", "maskformer-swin"),
    *("vitmatte", "grounding-dino", "mm-grounding-dino", "omdet-turbo"),
)
_POOLED = (
    *("hiera", "segformer", "pvt", "pvt_v2", "cvt", "levit", "glpn", "poolformer"),
    *("mvit", "efficientformer", "swiftformer", "groupvit", "groupvit_vision_model"),
)
_CONVOLUTIONAL = (
    *("resnet", "convnext", "convnextv2", "bit", "regnet", "efficientnet", "van"),
    *("mobilenet_v1", "mobilenet_v2", "dinov3_convnext", "hgnet_v2", "textnet"),
)
_VIDEO = ("videomae", "vivit", "timesformer", "vjepa2", "x_clip", "video_llava")
_SEVERAL = ("mllama", "deepseek_vl_hybrid", "maskformer", "mask2former", "oneformer")
_TEXT = (
    *("bert", "roberta", "distilbert", "gpt2", "t5", "llama", "qwen2", "qwen3"),
    *("mistral", "gemma", "gemma2", "phi3", "deberta", "deberta-v2", "electra", "opt"),
    *("albert", "xlm-roberta", "bart", "modernbert", "mixtral", "falcon", "bloom"),
)
_SOUND = ("wav2vec2", "hubert", "whisper", "wavlm", "audio-spectrogram-transformer")

WHY = {
    "attends within windows, so no token sees the whole picture": _WINDOWED,
    "pools its tokens from layer to layer, so there is no one patch grid": _POOLED,
    "is a convolutional network and has no attention": _CONVOLUTIONAL,
    "reads video, whose patches lie in time as well": _VIDEO,
    "has more than one encoder or grid": _SEVERAL,
    "reads text, not pictures": _TEXT,
    "hears sound, it does not see pictures": _SOUND,
}
REASONS = {name: why for why, names in WHY.items() for name in names}
INSTEAD = "use a model with global self-attention, such as ViT, DINOv2 or SigLIP."
