package chinese

import (
	"strings"
	"unicode"
)

// verbs are two-character verbs at the start of labels and duties.
var verbs = set(`管理 使用 进行 制定 开展 执行 编写 编制 撰写 提供 识别 监测 监控 监督 照顾 照料 照护 协助 辅助 帮助 辅导 指导 引导 推销 销售 接听 接待 检查 检测 检验 检修
核对 核算 包装 搬抬 搬运 搬举 运用 应用 储存 存放 清洁 清洗 清理 清点 熨烫 维修 维护 维持 保养 保持 保护 保障 保证 接续 搭设 搭建 架设 带领 领导 培养 培训 化解 调解 处理 处置
安排 安装 拆卸 调试 调整 调配 组织 组装 装配 装卸 装载 驾驶 操作 操控 控制 协调 沟通 联系 联络 对接 跟进 跟踪 分析 评估 评审 评价 审查 审核 审批 设计 设定 设置 开发 研究 研发
实施 实现 落实 推进 推动 推广 策划 规划 计划 预测 预防 防范 统计 汇总 收集 整理 归档 记录 登记 填写 录入 更新 发布 编辑 翻译 校对 讲授 教授 授课 组建 建立 建设 搭配 制作 制造
生产 加工 切割 焊接 打磨 打包 喷涂 涂装 粉刷 铺设 砌筑 浇筑 修理 修剪 修复 更换 补货 采购 购买 谈判 洽谈 签订 起草 报告 汇报 展示 展现 演示 介绍 解释 解答 回答 回复 回应 响应 满足 遵守 遵循
确保 确认 确定 诊断 治疗 护理 注射 采集 测量 测试 校准 计算 估算 预算 报价 收银 结算 支付 催收 追踪 查找 查看 搜索 调查 调研 访谈 招聘 面试 筛选 选拔 考核 激励 宣传 运营 优化 改进 改善 提高 提升
降低 减少 增加 扩展 拓展 开拓 参与 参加 支持 支援 配合 承担 负责 完成 达成 交付 运输 运送 配送 派送 分拣 拣选 上架 陈列 种植 养殖 饲养 喂养 采摘 收割 灌溉 施工 测绘 绘制 拍摄 剪辑 录制 排版 印刷
烹饪 烹制 准备 准备好 摆放 布置 布线 迎接 问候 陪同 陪伴 倾听 理解 关注 发现 解决 排查 排除 抢修 巡检 巡查 值守 看护 救助 疏散 消毒 杀菌 回收 分类 处方 配药 发放 领取 部署 配置 迁移 备份 恢复 编程 编译
训练 建模 挖掘 抓取 清算 对账 开具 申报 缴纳 审计 披露 贷款 投保 理赔 谈妥 商定 梳理 澄清 描述 定义 制订 拟定 拟订 呈现 卸载 识读 涂刷 铺贴 兑现 减轻 履行 配比 鼓舞 鼓励 分配 委派 洗涤 整治 铺装 撤换 擦拭 擦洗 除尘 喷洒 杀灭 摆盘 调制 腌制 烘焙 烘烤 煎炒 调味 上菜 点餐 结账 迎送 引领 劝导 劝说 说服 激发 启发 教导 教育 示范 演练 维权 辩护 起诉 调取 核查 核实 核验 查验 查询 抽查 稽核 复核 监听 拦截 加固 加装 吊装 装运 装车 卸货 搬移 码放 堆放 堆垛 盘点 补充 订购 询价 比价 砍价 招标 投标 竞标 签约 履约 催款 收款 付款 记账 建账 结转 折旧 摊销 归集 量取 量体 裁剪 缝制 缝补 刺绣 染色 漂洗 晾晒 折叠 打扫 清扫 拖洗 倾倒 分装 灌装 贴标 封装 拧紧 钻孔 打孔 铣削 车削 磨削 冲压 锻造 铸造 电镀 淬火 退火 抛光 除锈 防腐 刷漆 抹灰 贴砖 铺砖 吊顶 布线 接线 接地 穿线 排线 检漏 试压 疏通 抽水 供水 供电 送电 停电 倒闸 值班 巡视 报修 抢险 救火 灭火 救援 急救 包扎 输液 抽血 穿刺 插管 换药 喂食 翻身 擦身 搀扶 推拿 按摩 针灸 理疗 复健 康复 筛查 问诊 接诊 会诊 转诊 随访 观察 描绘 勾勒 构思 构建 构造 抽象 封装 重构 部署 发版 回滚 压测 抓包 渗透 加密 解密 授权 鉴权 审阅 勘误 润色 改写 缩写 摘要 采写 播报 主播 直播 拍照 修图 调色 配音 配乐 谱曲 作曲 演唱 演奏 编舞 排练 表演 找出 取齐 备好 担任 从事 充当 给予 适应 应对 主持 召集 筹备 举办 把握 掌控 把控`)

// light are verbs that carry no meaning of their own. The object that follows names the skill.
var light = set(`进行 开展 从事 提供 运用 应用 使用 实施 做好 具备 掌握 熟悉 了解`)

// unturned are verbs that cannot follow their object to form a noun phrase: 编制财务报表 becomes 财务报表编制, but 绝密保持 is
// wrong.
var unturned = set(`展现 保持 给予 完成 遵守 适应 应对 满足 参加 参与 承担 负责 准备 协助 帮助 确保 保证 担任 充当 配合 支持 呈现 卸载 识读 涂刷 铺贴 兑现 减轻 履行 让 准备好 备好 找出 取齐 把握 陪伴 倾听 理解 关注 发现 解答 回答 回应 响应 遵循 减少 增加 提高 降低 提升 达成 带领 辅助 引导 鼓励 鼓舞`)

// Turned turns a verb phrase into a noun phrase. If the verb is light, the name is its object alone and bare is
// true (进行代码审查: 代码审查). Otherwise the verb follows the object (编制财务报表: 财务报表编制). ok is false if neither reads well.
func Turned(phrase string) (name string, bare, ok bool) {
	runes := []rune(phrase)
	if len(runes) < 4 || len(runes) > 12 || strings.ContainsAny(phrase, "、，和的并及或与把给") || !verbs[string(runes[:2])] {
		return "", false, false
	}
	verb, object := string(runes[:2]), strings.TrimSpace(string(runes[2:]))
	switch {
	case light[verb]:
		return object, true, true
	case unturned[verb]:
		return "", false, false
	}
	return object + verb, false, true
}

// markers are single characters that begin a verb phrase if another word follows: 为顾客点餐, 用熨斗…, 与供应商谈判.
var markers = set(`为 与 用 向 对 按 把 使 让 在 按照 根据 通过 以 从`)

// proficiency are words that say how well something is known. They are not part of the skill.
var proficiency = []string{"熟练掌握", "熟练使用", "熟练运用", "熟练操作", "熟悉使用", "能够使用", "会使用", "精通", "熟悉", "掌握", "熟知", "了解", "懂得", "具备", "具有", "善于", "擅长", "能够"}

func set(words string) map[string]bool {
	all := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		all[word] = true
	}
	return all
}

// IsVerbPhrase reports whether a phrase begins with a verb and its object. It is true of 管理课堂 and false of 管理 and
// 数据分析.
func IsVerbPhrase(phrase string) bool {
	runes := []rune(phrase)
	if len(runes) < 3 {
		return false
	}
	if verbs[string(runes[:2])] {
		return !endsAsNoun(string(runes[2:]))
	}
	return len(runes) > 4 && (markers[string(runes[:1])] || markers[string(runes[:2])])
}

// endsAsNoun reports whether the text after a verb forms one noun with it: 管理学, 设计师, 分析方法.
func endsAsNoun(rest string) bool {
	switch rest {
	case "学", "师", "员", "者", "力", "法", "论", "工", "家", "性", "方法", "技术", "技能", "技巧", "能力", "经验", "原理", "理论", "知识", "流程", "系统", "工程", "制度", "思维", "意识", "计划", "岗", "经理", "人员", "专员":
		return true
	}
	return false
}

// WithoutProficiency drops the words that say how well something is known: 精通 Excel is about Excel.
func WithoutProficiency(phrase string) string {
	for _, word := range proficiency {
		if rest, cut := strings.CutPrefix(phrase, word); cut && strings.TrimSpace(rest) != "" {
			return strings.TrimSpace(rest)
		}
	}
	return phrase
}

// HasHan reports whether a text has a Chinese character.
func HasHan(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}
