"""The sentences that the encoder references are computed over, all written for this project."""

import random

FIXED = [
    "Go developer",
    "You weld.",
    "Fluent in French and Español; a café résumé is naïve, says Zoë.",
    "我们需要熟悉数据库管理的工程师。",
    "Experience with Python, SQL and cloud cost reports (3+ years).",
    "会使用 Excel 和 PowerPoint 者优先",
    "Plan the weekly rota for a team of twelve nurses & report to the ward manager.",
    "• drive a forklift • load pallets • keep the yard tidy",
    "Die Müllabfuhr in Gießen sucht Fahrer*innen für Lkw über 7,5 t.",
    "We pay £38k, a bonus and 27 days' holiday.",
    "You will design REST interfaces, review the code of your colleagues, write unit tests before the feature, measure what is slow, and "
    "explain to customers, in plain words and without blame, why last night's release had to be rolled back.",
    "C++17",
]

OPENINGS = [
    "You can", "We expect you to", "Your tasks:", "• ", "Ideally you", "任职要求:", "Must", "As our new colleague you", "岗位职责:", "Ability to", "",
]
TASKS = [
    "repair hydraulic pumps", "draw up annual accounts", "teach pupils with hearing loss", "prune vines", "write embedded C for ARM chips",
    "translate contracts from Português", "熟练使用 Java 和 Spring", "与客户沟通并撰写报告", "calibrate pressure gauges", "mix concrete to EN 206",
    "negotiate freight rates", "brew crème brûlée for 200 guests", "分析销售数据", "tune PostgreSQL queries", "lead stand-ups", "负责设备维护",
    "sew leather uppers", "read X-ray images", "keep bees", "price risk under Solvency II",
]
ENDINGS = [".", " every day.", ", alone and in a team.", " (remote, 80–100 %)", "。", " — no degree needed!", "; shift work", "", " within 24h of a call-out."]


def mixed(count: int, seed: int) -> list[str]:
    """Returns count sentences of one to nine tasks each, the same for the same seed."""
    chooser = random.Random(seed)
    sentences = []
    for _ in range(count):
        tasks = chooser.sample(TASKS, chooser.choice([1, 1, 1, 2, 2, 3, 4, 9]))
        sentences.append((chooser.choice(OPENINGS) + " " + ", ".join(tasks) + chooser.choice(ENDINGS)).strip())
    return sentences
