//! Problems in Chinese, by code.

use worker::protocol::Code;

/// The Chinese sentence of a code, with places for the values that its problems carry; `None` for what visitors do not see.
pub(super) fn template(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::Cancelled => "已取消。",
        Code::PageIncomplete => "本页的一部分未能载入。请检查网络后重试；如仍失败，请重新加载页面。",
        Code::WorkerNoSimd => {
            "此浏览器不支持引擎所需的 WebAssembly SIMD。Chrome 与 Edge 自 91 版、Firefox 自 89 版、Safari 自 16.4 版起支持。\
         仍可统计计算量，但无法预测和测量。"
        }
        Code::WorkerLoadFailed => "无法载入引擎（{detail}）。请检查网络并重新加载页面；仍可统计计算量。",
        Code::WorkerCrashed => "引擎意外停止（{detail}）。请重新加载页面。",
        Code::WorkerProtocol => "页面与引擎版本不一致（{detail}）。请重新加载页面。",
        Code::WorkerReply => "引擎的回答与请求不符：可能与页面版本不一致。请重新加载页面。",
        Code::Protocol => "引擎无法理解页面的请求：版本可能不一致。请重新加载页面。",
        Code::BenchHidden => "测量期间标签页被隐藏，结果无效，已停止。请保持标签页可见并重新测量。",
        Code::BoardFull => "对比面板最多容纳 {most} 个网络：{name} 已取代 {gone}。可用浏览器的“后退”撤销。",
        Code::BoardFullFile => {
            "权重已就绪，但对比面板最多容纳 {most} 个网络。请移除一个，或在某一行的设置中选择这些权重。"
        }
        Code::LinkVersion => {
            "链接中的对比面板格式为 {version}，本页不认识：可能来自更新的版本。请重新加载页面，或重新设置。"
        }
        Code::LinkColumns => {
            "链接包含 {count} 列；对比面板为 {least} 至 {most} 列。链接可能不完整，请重新复制。"
        }
        Code::LinkDamaged => "无法读取链接中的 {part}。链接可能不完整，请重新复制。",
        Code::LinkWeights => "链接要求的权重 {id} 不在本页：改用随机权重，仅用于计时。可拖入该文件。",
        Code::LinkNotCopied => "浏览器不允许本页复制。链接已在地址栏中，请从那里复制。",
        Code::NetworkVersion => {
            "此网络的格式版本为 {version}，本页读取版本 {supported}：可能来自更新的页面。请重新加载本页。"
        }
        Code::NetworkDamaged => "无法读取此网络（{reason}）。请与 mobilenetLab.network() 给出的格式对照。",
        Code::CameraRefused => "浏览器不允许本页使用摄像头。请在地址栏旁的网站设置中允许，或选择文件。",
        Code::CameraNone => "未找到摄像头。请连接摄像头，或选择文件。",
        Code::CameraFailed => "摄像头没有画面（{reason}）。请关闭正在使用它的其他程序后重试，或选择文件。",
        Code::ResultsUnreadable => "浏览器无法读取 {name}，请重新选择文件。",
        Code::ResultsNotJson => {
            "自第 {line} 行第 {column} 列起不是有效的 JSON：文件已损坏或选错。请选择“导出 JSON”生成的文件。"
        }
        Code::ResultsFormat => "此文件既不是 MobileNet Lab 的结果，也不是网络。请选择“导出 JSON”生成的文件。",
        Code::ResultsVersion => {
            "文件版本为 {version}，本页读取版本 {supported}：可能来自更新的页面。请重新加载本页或重新导出。"
        }
        Code::ResultsDamaged => "无法使用此结果文件（{reason}）。请重新导出。",
        Code::ResultsEmpty => "此结果文件中没有结果。请重新导出。",
        Code::ResultsNoTimes => "无法使用此结果文件：{model} 的样本不是时间。请重新导出。",
        Code::BenchClock => {
            "此浏览器的时钟步长为 {step_ms} ms，过于粗糙，无法测量 {model}。请使用时钟更精细的浏览器，或关闭其指纹保护。"
        }
        Code::ProfileClock => {
            "此浏览器的时钟步长为 {step_ms} ms，而一次运行约 {run_ms} ms：无法为单个层计时。"
        }
        Code::ResultsContradiction => {
            "无法使用此结果文件：{model} 的 {field} 为 {said}，应为 {right}。请重新导出。"
        }
        Code::CopyRefused => "浏览器不允许本页复制。请在浏览器中允许，或通过 https 或 localhost 打开本页。",
        Code::PictureRefused => "浏览器未能绘制图片（{reason}）。可将数值导出为 CSV。",
        Code::AddressInvalid => {
            "{text} 不是图片的网址。请复制图片本身的网址（以 https:// 开头），或保存图片后拖入文件。"
        }
        Code::AddressUnreachable => "无法获取 {address}（{reason}）。请检查网址，或保存图片后拖入文件。",
        Code::AddressElsewhere => {
            "本页无法读取 {host} 的图片：其安全策略只允许访问本站与权重仓库。请在新标签页中打开该网址，保存图片，再把文件拖到这里。"
        }
        Code::SampleUnreachable => "无法获取 {address}（{reason}）。您自己的照片不受影响。",
        Code::FileUnreadable => "浏览器无法读取此文件，请重新选择；如果是文件夹，请选择其中的图片。",
        Code::UnknownImage => "第 {image} 号图片已不在引擎中。请重新打开。",
        Code::DecodersMissing => "无法使用图片解码器（{reason}）。请检查网络并重新选择图片，或重新加载页面。",
        Code::DecodeEmpty => "文件为空（0 字节）。请另选文件，或重新复制。",
        Code::DecodeNotAnImage => "这不是可以读取的图片。请选择 JPEG、PNG、WebP、GIF 或 BMP 文件。",
        Code::DecodeUnsupported => "不支持 {kind} 文件。请另存为 JPEG 或 PNG。",
        Code::DecodeTruncated => "{kind} 文件在 {bytes} 字节处中断。请重新下载或复制。",
        Code::DecodeTooLarge => "图片为 {width} × {height} 像素，超出可读取的大小。请先缩小。",
        Code::DecodeCorrupt => "无法读取此 {kind} 文件（{reason}）。请用其他程序打开并另存为 PNG 或 JPEG。",
        Code::DecodePixelCount => {
            "浏览器为 {width} × {height} 像素的图片给出了 {bytes} 字节。请另存为 PNG 或 JPEG。"
        }
        Code::NoteFirstFrameOf => "动画：使用 {frames} 帧中的第一帧。",
        Code::NoteOriented => "已按 EXIF 方向（{exif}）旋转。",
        Code::NoteAlphaIgnored => "已忽略透明度。",
        Code::NoteEndMissing => "文件缺少结尾，但图片完整。",
        Code::NoteAlphaLost => "透明区域显示为深色：此浏览器不提供其颜色。",
        Code::NoteNoise => "浏览器的隐私设置会改动 {kind} 图片的像素（最多 {off}/255）。",
        Code::CanvasNoise => {
            "浏览器的隐私设置会大幅改动 {kind} 图片的像素（{off}/255）。请允许本站读取画布，或另存为 JPEG 或 PNG。"
        }
        Code::NoteSixteenBit => "16 位颜色已转换为 8 位。",
        Code::WeightsTooShort => "文件只有 {len} 字节，不是完整的 safetensors 文件。请重新下载或导出。",
        Code::WeightsNotSafetensors => {
            "这不是 safetensors 文件。请使用仓库中的 model.safetensors，或先转换。"
        }
        Code::WeightsHeaderTooLong => {
            "文件头声称 {len} 字节，最多接受 {limit} 字节：文件已损坏。请重新下载或导出。"
        }
        Code::WeightsHeaderBeyondFile => {
            "文件头声称 {len} 字节，但其后只有 {available} 字节：文件已损坏或不完整。请重新下载。"
        }
        Code::WeightsHeaderNotJson => {
            "文件头不是有效的 JSON（第 {line} 行第 {column} 字节）。请重新下载或导出。"
        }
        Code::WeightsHeaderNotObject => "文件头不是张量的 JSON 对象（{message}）。请重新导出。",
        Code::WeightsBadHeaderEntry => "文件头对 {name} 的描述有误（{message}）。请重新导出。",
        Code::WeightsDuplicateName => "张量 {name} 出现两次。请以唯一名称重新导出。",
        Code::WeightsUnsupportedDtype => {
            "张量 {name} 的类型为 {dtype}；只能读取 F32、F16 与 BF16，请先转换。"
        }
        Code::WeightsOutOfBounds => {
            "张量 {name} 结束于第 {end} 字节，但文件只有 {available} 字节：不完整或已损坏。请重新下载。"
        }
        Code::WeightsSizeMismatch => {
            "张量 {name}（形状 {shape}）需要 {expected} 字节，实有 {got}。请重新导出。"
        }
        Code::WeightsOverlap => "张量 {first} 与 {second} 重叠。请重新导出。",
        Code::WeightsNonFinite => {
            "张量 {name} 在位置 {index} 处为 {value}：训练已发散或文件损坏。请使用其他权重。"
        }
        Code::WeightsTruncated => "文件在 {got} / {expected} 字节处中断。请重新下载。",
        Code::WeightsTrailingBytes => {
            "文件有 {got} 字节，而文件头描述了 {expected}：文件已损坏。请重新下载。"
        }
        Code::WeightsReservedName => "张量不能名为 {name}：该名称保留给元数据。请重命名。",
        Code::WeightsShapeTooLarge => "张量 {name} 的形状 {shape} 超出内存所能容纳。请重新导出。",
        Code::WeightsReversedOffsets => {
            "张量 {name} 从第 {begin} 字节开始，却在第 {end} 字节结束。请重新导出。"
        }
        Code::WeightsHole => "张量 {name} 之前有 {bytes} 字节不属于任何张量。请重新导出。",
        Code::WeightsBeyondRange => {
            "张量 {name} 在位置 {index} 处为 {value}，超出 {dtype} 的范围。请存为 F32。"
        }
        Code::WeightsNamesMismatch => {
            "这些权重与 {model} 不符：缺少 {missing} 个张量，{misshaped} 个形状不同，{extra} 个多余。请选择训练它们的网络。"
        }
        Code::WeightsNamesUnrecognised => {
            "这些权重与本页的任何网络都不符；最接近的是 {nearest}，但缺少 {missing} 个张量，{misshaped} 个形状不同，\
         {extra} 个多余。张量名应与 timm、torchvision、transformers 或 pytorchcv 一致。"
        }
        Code::WeightsNamesUnknownModel => "没有名为 {id} 的网络；最接近的名称：{nearest}。",
        Code::WeightsNamesOtherLayers => {
            "此文件中各层（{count} 个有权重）的顺序不属于此处的任何网络；最接近的是 {nearest}，前 {same} 层相同，之后文件为 {found}，而该网络为 {expected}。请使用保留张量名称的权重，或将其描述为自己的网络。"
        }
        Code::WeightsNamesMoreLayers => {
            "这些权重多于 {model} 所计算的：其自身模块中有 {count} 个张量未被使用（如 {tensor}，例如第二个分类层）。请去掉后重新保存，或将其描述为自己的网络。"
        }
        Code::WeightsNamesChannels => {
            "这些权重属于读取 {found} 通道图像的 {model}（{tensor}），照片为 {expected} 通道。请使用以 RGB 训练的权重。"
        }
        Code::WeightsNamesQuantised => {
            "这些权重已由其他工具量化（{tensor} 为 8 位整数），无法使用。请使用量化之前的 float16 或 float32 权重。"
        }
        Code::WeightsOneOutput => {
            "这些 {model} 的权重只输出一个数（回归），而不是每类一个数，本页无法说明其含义。请使用分类器的权重。"
        }
        Code::WeightsShard => "这是分成多个文件的权重之一。请先合并为一个文件再拖入。",
        Code::WeightsIndex => {
            "这是分成多个文件的权重的索引。请用 Python 合并：import glob, safetensors.torch as st; d = {}; [d.update(st.load_file(f)) for f in glob.glob(\"model-*.safetensors\")]; st.save_file(d, \"model.safetensors\")"
        }
        Code::WeightsConverted => {
            "张量按各层在此 {format} 文件中的顺序对应，而非按名称。填充：{padding}；批归一化的 ε：{eps}。"
        }
        Code::WeightsInferred => "此文件只有权重：未说明填充与 ε，按 Keras 网络的惯例取 SAME 与 {eps}。",
        Code::WeightsFolded => {
            "批归一化已并入卷积：{count} 个偏置。其位置上的批归一化不改变任何值（缩放 1，均值 0，方差 1 − {eps}）。"
        }
        Code::WeightsDequantised => {
            "{count} 个整数张量已按其比例还原为实数；输出与原模型的整数计算略有差别。"
        }
        Code::WeightsRenamed => "已去掉每个张量名前的 {wrapper}。",
        Code::WeightsKnown => "{name} 就是 {id} 的文件。",
        Code::WeightsMetadataUnusable => "{key} = {value} 无法使用，视为未说明。",
        Code::WeightsMetadataOfOthers => "{key} = {value} 说的是其他权重：这些设置均未采用。",
        Code::WeightsMetadataAccuracy => "文件元数据中的准确率未显示：无法证明它属于这些权重。",
        Code::ConfigAlone => "这是权重的配置文件。请把它与其 .safetensors 文件一起拖入。",
        Code::NamesAlone => "这是类别名称列表。请把它与其权重文件一起拖入，或先拖入权重。",
        Code::NamesUnreadable => "无法从此文件读出类别名称（{reason}）。请每行写一个名称，按输出的顺序排列。",
        Code::NamesCount => {
            "列表中有 {count} 个名称，而权重有 {classes} 类。请使用包含全部类别、按输出顺序排列的列表。"
        }
        Code::WeightsUnused => "文件中有 {count} 个张量未被使用（如 {first}）。",
        Code::DownloadUnreachable => {
            "无法连接 {url}（{reason}）。请检查网络后重试，或拖入 .safetensors 文件。"
        }
        Code::DownloadStatus => {
            "{url} 返回 {status}：文件可能已移动或需要账号。请选择其他权重，或拖入 .safetensors 文件。"
        }
        Code::DownloadTruncated => "来自 {url} 的下载在 {got} 字节后中断。请重试。",
        Code::DownloadHashMismatch => {
            "来自 {url} 的文件与清单记录的 SHA-256 不符，未使用。请重试或选择其他权重。"
        }
        Code::DownloadNotKept => "权重已载入，但无法保留到下次访问（{reason}）。",
        Code::DownloadNotKeptNoCache => "权重已载入，但此浏览器在这里没有缓存，无法保留到下次访问。",
        Code::DownloadNotKeptNoRoom => {
            "权重已载入，但浏览器给本站的空间已满，无法保留到下次访问。请删除其他权重。"
        }
        Code::UnknownCheckpoint => "这里没有权重 {checkpoint}。请重新拖入文件，或选择其他权重。",
        Code::UnknownStage => "{model} 没有名为 {stage} 的模块；最接近的名称：{nearest}。",
        Code::UnknownClass => "{model} 没有类别 {class}；其类别编号为 0 至 {last}。",
        Code::NoClassMap => {
            "{model} 没有用于判断类别的特征图；请选择对最后的特征图做池化、给照片分类的网络。"
        }
        Code::NoLinearHead => {
            "{model} 无法在这里学习新类别：它的最后一层不是读取向量、带偏置的线性层；请选择以这种层结尾的网络，多数 MobileNet 都是。"
        }
        Code::ModelChannels => "{model} 读取 {channels} 通道的图像，而照片有 3 个通道；只能计时。",
        Code::ModelNoClasses => "{model} 的输出是 {found}，并非每个类别一个数值；只能计时。",
        Code::ModelTooLarge => {
            "{model} 约需 {needed} 内存，超过此处 CPU 后端可用的 {most}。请选择更少的像素。"
        }
        Code::UnknownModel => "没有名为 {id} 的网络；最接近的名称：{nearest}。",
        Code::ManifestMissing => {
            "无法读取权重清单 {url}（{reason}）。仍可用随机权重计时，也可以拖入权重文件。"
        }
        Code::ManifestTooLong => "权重清单有 {bytes} 字节，最多接受 {limit} 字节。请拆分。",
        Code::ManifestNotJson => {
            "权重清单自第 {line} 行第 {column} 列起不是有效的 JSON（{message}）。请更正。"
        }
        Code::ManifestMalformed => "权重清单第 {line} 行第 {column} 列的格式不对（{message}）。请更正。",
        Code::ManifestUnsupportedVersion => {
            "权重清单的版本为 {found}，本页读取版本 {supported}。请重新加载页面。"
        }
        Code::ManifestTooManyCheckpoints => "权重清单列出 {count} 个权重，最多接受 {limit} 个。请删减。",
        Code::ManifestUnknownModel => "权重清单中的网络 {id} 不存在；最接近的名称：{nearest}。",
        Code::ManifestEntry => "权重清单的第 {position} 项（第 {line} 行）无法使用（{reason}）。",
        Code::ModelMismatch => "{checkpoint} 是 {found} 的权重，不是 {model} 的。",
        Code::NoNumbers => {
            "{checkpoint} 在 {backend} 上得到的不是数值：这些权重不相配，或 f16 的范围不够。请换用其他后端或其他权重。"
        }
        Code::RandomWeights => "{model} 使用随机权重：只能计时，预测需要训练好的权重。",
        Code::ProfileNoClock => {
            "此 GPU 没有可为单个层计时的时钟（timestamp-query）；请在对比面板上测量整个网络，或选择 CPU 后端。"
        }
        Code::GoldenMalformed => "这不是参考值文件（{reason}）。",
        Code::GoldenUnknownModel => "没有名为 {id} 的网络；最接近的名称：{nearest}。",
        Code::GoldenFramework => "参考值 {id} 属于 {framework}，而 {model} 在这里按 {ours} 定义。",
        Code::GoldenSpec => "参考值中的网络无法按其大小构建。",
        Code::GoldenNames => "参考值中的张量与其网络的参数不符。",
        Code::GoldenChecksum => "参考值 {id} 的权重校验和为 {found}，文件中为 {expected}。",
        Code::GoldenInput => "参考值 {id} 的输入 {input} 无法生成。",
        Code::GoldenUnreachable => "无法获取参考值 {address}（{reason}），因此未核对数值。",
        Code::GpuNoAdapter => "没有可用的 GPU（{reason}）；CPU 后端的计算结果相同。",
        Code::GpuSilent => {
            "浏览器在 {seconds} 秒内没有回应是否有 GPU；CPU 后端的计算结果相同。重新启动浏览器可再次尝试 GPU。"
        }
        Code::GpuNoDevice => "GPU 未提供设备（{reason}）；CPU 后端的计算结果相同。",
        Code::GpuLost => "GPU 设备已丢失（{reason}）。",
        Code::GpuUnreliable => "GPU 已丢失 {losses} 次，此后由 CPU 计算；重新加载页面可再次尝试 GPU。",
        Code::GpuOutOfMemory => {
            "GPU 内存不足，无法为此网络分配 {bytes} 字节；请关闭其他网络或选择更小的网络。"
        }
        Code::GpuLimit => "{what}：需要 {needed}，此 GPU 最多 {limit}；请降低分辨率或使用 CPU 后端。",
        Code::GpuUnsupported => "{node} 无法在 GPU 上运行（{reason}）；请使用 CPU 后端。",
        Code::GpuNoHalf => "此 GPU 没有 f16（shader-f16）；请选择 WebGPU（f32），或仅将权重存为 f16。",
        Code::GpuRefused => "GPU 拒绝了命令，这是此后端的错误（{reason}）。",
        Code::SpecTooSmall => {
            "{height}×{width} 像素太小：在 {module} 处已不足以继续计算。可运行的最小输入为 {least}×{least} 像素。"
        }
        Code::WeightsNamesOtherNetwork => "这些权重不适合 {model}：它们属于 {found}。请选择后者。",
        Code::WeightsNamesNoTable => {
            "{model} 的这些权重缺少 {tensor}：这些整数说明其后的层读取哪些通道。请将网络的缓冲区与参数一同保存。"
        }
        Code::WeightsNamesTableShape => {
            "{tensor} 为 {found}，应为 {expected} 个 4 或 8 字节的整数。请重新保存训练好的网络。"
        }
        Code::WeightsNamesTableChannel => {
            "{tensor} 的第 {position} 项指向通道 {value}，而通道共有 {channels} 个（从 0 数起）：文件已损坏或属于其他网络。"
        }
        Code::SpecUnfit => {
            "{height}×{width} 像素不适合此网络：在 {module} 处无法继续计算。可运行的正方形输入为每边 {nearest} 像素。"
        }
        Code::SpecRow => "网络的第 {row} 行（{module}，从 0 数起）无法建立：{problem}",
        Code::SpecSize => "网络共有 {nodes} 个运算，无法建立。请至少写一行，且不超过两万个运算。",
        Code::SpecResolution => "无法以 {height}×{width} 像素运行。请选择每边 1 至 4096 像素。",
        Code::SpecWidth => "无法构建宽度 α = {width}。请选择 0.05 至 4。",
        Code::SpecClasses => "无法构建 {classes} 个类别。请选择 1 至 100000。",
        Code::Int8Module => {
            "无法使用运行 int8 网络的程序（{reason}）。请检查网络并重新加载页面，或选择 CPU 后端。"
        }
        Code::Int8Samples => {
            "无法获取 int8 网络校准所用的示例照片（{reason}）。请检查网络后重试，或用自己的照片校准。"
        }
        Code::Int8Channels => {
            "int8 网络用照片校准，照片有 3 个通道，而 {model} 读取 {channels} 个。请选择其他后端。"
        }
        Code::Int8Golden => {
            "int8 的数值按其自身定义检验，不与 PyTorch 的数值比较。请比较照片上的类别，或各层的信噪比。"
        }
        Code::ReaderMissing => {
            "无法使用读取其他程序权重文件的程序（{reason}）。请检查网络后重新选择文件，或重新加载页面。"
        }
        Code::ReaderTruncated => {
            "PyTorch 文件不完整：{what} 需要 {expected} 字节，只有 {found}。请重新下载或复制。"
        }
        Code::ReaderMalformed => {
            "无法读取此 PyTorch 文件：{reason}。请用 torch.save(model.state_dict(), FILE) 重新保存。"
        }
        Code::ReaderUnsupported => {
            "此处不读取这种形式的 PyTorch 文件：{reason}。请用新版 PyTorch 载入后以 torch.save(model.state_dict(), FILE) 重新保存。"
        }
        Code::ReaderTooLarge => {
            "此文件超过了 {limit} {what}，此处的网络都不需要这么多。请只保存权重（PyTorch）：torch.save(model.state_dict(), FILE)。"
        }
        Code::ReaderDamaged => "无法读取此 {format} 文件：{reason}。请重新下载或导出。",
        Code::ReaderForm => "此处不读取这种形式的 {format} 文件：{reason}。",
        Code::ReaderQuantised => "张量 {tensor} 是量化的。请使用量化之前的浮点模型的权重。",
        Code::ReaderNoTensors => {
            "此文件是不含张量的 Python pickle（内容：{found}），不是权重文件。请选择由 torch.save 保存 state_dict() 得到的文件。"
        }
        Code::CubesMissing => {
            "无法使用高光谱程序（{reason}）。请检查网络后重新选择文件；若内存不足，请重新加载页面并减少打开的内容。"
        }
        Code::UnknownCube => "高光谱数据 {cube} 已不在内存中，请重新选择文件。",
        Code::CubeNotAnArray => {
            "此文件以字节 {first_bytes} 开头：既不是 NumPy 数组（.npy），也不是 MATLAB 第 5 版文件（.mat）。请用 numpy.save 或 scipy.io.savemat 保存。"
        }
        Code::CubeHdf5 => {
            "这是 MATLAB 7.3 版文件，即 HDF5，此处不读取。请在 MATLAB 中用 save(FILE, NAME, '-v7') 重新保存，或在 Python 中用 h5py 读取后以 scipy.io.savemat 保存。"
        }
        Code::CubeTruncated => "{format} 文件不完整：应有 {expected} 字节，只有 {found}。请重新下载或复制。",
        Code::CubeMalformed => "无法读取 {format} 文件：{reason}。请重新保存。",
        Code::CubeNumbers => {
            "{format} 文件的内容是 {numbers}，此处只读取 8 至 64 位实数。请转换（如 NumPy 的 array.astype('float32')）后重新保存。"
        }
        Code::CubeNoArray => {
            "{format} 文件的内容是 {found}；高光谱数据应为三维（行、列、波段），类别图应为二维。请单独保存其中之一。"
        }
        Code::CubeTooLarge => {
            "数组为 {shape}，过大：最多读取 1024 MB、1600 万像素、512 个波段。请裁剪，或存为 16 位整数。"
        }
        Code::CubeNotFinite => {
            "第 {row} 行第 {column} 列波段 {band} 的值为 {value}（均从 0 数起），而主成分需要处处有数值。请替换此类值，如用 numpy.nan_to_num。"
        }
        Code::CubeLabel => {
            "类别图第 {row} 行第 {column} 列（从 0 数起）的值为 {value}，而类别应为 0（无类别）至 65535 的整数。此文件是否为地面真值？"
        }
        Code::CubeComponents => {
            "要求 {asked} 个主成分，而此数据有 {bands} 个波段、{pixels} 个像素，可有 1 至 {most} 个。请选择主成分更少的网络。"
        }
        Code::CubeRank => {
            "此数据只有 {rank} 个主成分有变化，要求的是 {asked} 个，无法都归一为方差 1。波段是否齐全，是否有重复的波段？"
        }
        Code::CubeEigenvalues => {
            "无法求出 {bands} 个波段的主成分。请缩放数值：单个波段的最大方差为 {largest}。"
        }
        Code::CubeWindow => {
            "{height}×{width} 像素的窗口没有中心像素，或过大。请选择边长为 1 至 {most} 之间奇数的网络。"
        }
        Code::CubeTruthSize => {
            "这是 {height}×{width} 像素的类别，而高光谱数据为 {rows}×{columns}。请选择与之对应的文件。"
        }
        Code::CubeTruthAlone => {
            "这是 {height}×{width} 像素的类别。请再拖入对应的高光谱数据：行列数相同，第三维为波段。"
        }
        Code::CubePixel => "要求第 {pixel} 个像素，而高光谱数据只有 {pixels} 个（从 0 数起）。",
        Code::GoldenGpu | Code::InferInput | Code::ApiArgument | Code::Unknown => return None,
    })
}

/// The Chinese sentence of what a server answered, by its status and how long it asks to wait.
pub(super) fn of_status(status: &str, wait: Option<&str>) -> Option<&'static str> {
    Some(match (status, wait) {
        ("401" | "403", _) => "{url} 返回 {status}：文件需要账号或发布者的许可。请在那里下载，再拖入本页。",
        ("404" | "410", _) => {
            "{url} 返回 {status}：文件已移动或删除。请选择其他权重，或拖入 .safetensors 文件。"
        }
        ("429", Some(_)) => "{url} 返回 {status}：请求过多。请在 {retry_after_s} 秒后重试。",
        ("429", None) => "{url} 返回 {status}：请求过多。请几分钟后重试。",
        (status, Some(_)) if status.starts_with('5') => {
            "{url} 返回 {status}：服务器暂时无法回应。请在 {retry_after_s} 秒后重试。"
        }
        (status, None) if status.starts_with('5') => {
            "{url} 返回 {status}：服务器暂时无法回应。请几分钟后重试。"
        }
        _ => return None,
    })
}

/// The Chinese sentence of a kind of file that is of no use as it is, by the value that its problems carry.
pub(super) fn of_kind(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "heic" => {
            "这是 HEIC 照片（即使名称以 .jpg 结尾），此浏览器不支持。请存为 JPEG 或 PNG；iPhone 可在“设置 > 相机 > 格式 > 兼容性最佳”中更改。"
        }
        "svg" => "这是 SVG 矢量图，本身没有像素。请导出为 PNG，宽度至少 256 像素。",
        "pdf" => "这是 PDF 文档。请把其中的图片或页面截图存为 PNG 或 JPEG。",
        "video" => "这是视频。请在想要的画面暂停，并把该画面存为 PNG 或 JPEG。",
        "html" => "这是网页，不是文件本身。请打开该网页，保存其中的图片或权重文件。",
        "zip" => "这是压缩包。请解压后选择其中的图片或权重。",
        "pytorch" => {
            "这是 PyTorch 权重。请把文件拖到页面上读取，或用 Python 转换：import torch, safetensors.torch as st; d = torch.load(\"文件\", weights_only=True); st.save_file(d.get(\"state_dict\", d), \"model.safetensors\")"
        }
        "pickle" => {
            "这是 Python pickle（较早的 PyTorch 权重）。请把文件拖到页面上读取（不会运行其中的代码），或用 Python 转换：import torch, safetensors.torch as st; d = torch.load(\"文件\", weights_only=True); st.save_file(d.get(\"state_dict\", d), \"model.safetensors\")"
        }
        "onnx" => {
            "这是 ONNX 模型。请把文件拖到页面上，页面会按各层的顺序读取其权重；或使用导出它的 PyTorch 权重（safetensors 格式）。"
        }
        "tflite" => {
            "这是 TensorFlow Lite 模型。请把文件拖到页面上，页面会按各层的顺序读取其权重；或使用该网络的 PyTorch 权重（safetensors 格式）。"
        }
        "tensorflow" => "这是 TensorFlow 计算图。请使用该网络的 PyTorch 权重（safetensors 格式）。",
        "keras" => {
            "这是 Keras 权重。请把文件拖到页面上，页面会按各层的顺序读取；或使用该网络的 PyTorch 权重（safetensors 格式）。"
        }
        "npy" | "matlab" => {
            "这是数值数组，不是图片。拖到本页可作为高光谱数据或其地面真值打开；若为权重，请存为 safetensors。"
        }
        "numpy" => {
            "这是 NumPy 数组。请用 Python 转换：import numpy, safetensors.numpy as st; st.save_file(dict(numpy.load(\"文件\")), \"model.safetensors\")"
        }
        "gguf" => "这是语言模型常用的 GGUF 文件。请使用视觉网络的 safetensors。",
        "gitlfs" => {
            "这是 Git LFS 指针，只是大文件的占位说明。请在仓库中运行 git lfs pull，或从仓库页面下载文件。"
        }
        "text" => {
            "这是文本文件。类别名称列表请存为 labels.txt（每行一个名称），与权重一起拖入；服务器的错误信息可用编辑器查看。"
        }
        "safetensors" => "这是 safetensors 权重，不是图片。请作为网络的权重载入。",
        _ => return None,
    })
}
