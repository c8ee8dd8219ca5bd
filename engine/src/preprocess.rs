//! From RGB pixels to a network's input, equal to Pillow, timm and torchvision.
