// One sample ad a language, written for this page.
export const samples = {
  en: `Maintenance technician, Leeds

We have baked crispbread beside the canal since 1931, and forty of us still do.

What you will do
• You find out why a packaging line has stopped, and get it running again.
• You read wiring diagrams and replace worn sensors, belts and bearings.
• You record every repair in our maintenance software, so that the night shift knows what has changed.
• Twice a year you teach new colleagues how to lock a machine before they reach into it.

What we offer
31 days of leave, a pension, and as much crispbread as you can carry.
Please send your CV to Amira by 30 June.`,

  zh: `社区医院招聘康复治疗师

我们是一家开在老城区的社区医院，今年刚满二十岁。

你将负责：
1. 评估中风患者的行动能力，制定康复训练计划。
2. 指导患者进行力量和平衡练习，并记录每次训练的进展。
3. 向家属讲解居家护理的方法。
4. 与医生和护士一起讨论病例。

我们提供五险一金、免费午餐和每年十五天带薪休假。
有意者请将简历发送至人事部陈女士。`,
};
