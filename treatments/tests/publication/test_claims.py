"""Promises are found however they are written, in every language of the site; honest sentences are let through."""

import re
import tomllib

import pytest

from treatments.publication import claims, promises, reading
from treatments.tests.builders import bundled_article
from treatments.tests.tables import one_in
from treatments.text.words import words_of, words_of_markdown

#: What promises too much, by the pattern that has to find it.
FOUND = {
    "no-side-effects": [
        "It has no side effects.",
        "There are **no** side effects and *zero* risks.",
        "It works without any known risk.",
        "A risk-free method",
        "A risk free treatment",
        "Free from side-effects!",
        "It comes without unwanted effects.",
        "It doesn’t have any side effects.",
        "It doesnt cause complications.",
        "Side effects: none",
        "Side effects never occur.",
        "no “side effects”",
        "[No side effects](https://example.org/)",
        "No side\neffects",
        "０ side effects",
        "Tanpa kesan sampingan.",
        "Rawatan ini tiada sebarang risiko.",
        "Ia bebas daripada komplikasi.",
        "无副作用",
        "無副作用，請放心。",
        "完全没有任何风险",
        "零風險",
        "Side effects? None.",
        "Side effects are practically zero.",
        "Without a single risk.",
        "Kesan sampingan: tiada.",
        "Kesan sampingan tidak ada.",
        "Tidak akan ada kesan sampingan.",
        "Risiko sifar.",
        "Tidak berisiko.",
        "Tidak membahayakan.",
        "副作用为零",
        "No dangers at all",
        "Risks: nil",
        "Tak ada efek samping.",
        "Risiko: 0",
        "Tidak mempunyai risiko",
        "副作用几乎为零",
        "风险是零",
    ],
    "painless": [
        "It is Pain-free!",
        "It is pain‑free.",
        "It is pain – free.",
        "It is pain\u00adless.",
        "It is pain\u200bless.",
        "It is pain\u2060less.",
        "It is pa\u034finless.",
        "It is pa\ufe0finless.",
        "It is pain\U000e0061less.",
        "It is pain\u3164less.",
        "It is pain**less**.",
        "It is pain\\-free.",
        "It is pain&shy;less.",
        "ｐａｉｎｌｅｓｓ",
        "𝐩𝐚𝐢𝐧𝐥𝐞𝐬𝐬",
        "P\u0301a\u0301inless",
        "Painlessly done",
        "It doesn't hurt.",
        "It won’t hurt at all.",
        "It never hurts.",
        "You feel nothing.",
        "You will not feel a thing.",
        "No pain at all",
        "Is it painless?",
        "It is not painless.",
        "Ia tidak menyakitkan.",
        "Tanpa rasa sakit",
        "无痛",
        "無 痛",
        "一点也不痛",
        "It is pаinless.",
        "P A I N L E S S",
        "Tidak terasa sakit.",
        "P.A.I.N.L.E.S.S",
        "p a i n l e s s",
        "Ρainless with a Greek Rho",
        "Pain? Zero.",
    ],
    "no-downtime": [
        "There is zero downtime.",
        "No down-time",
        "No recovery time is needed.",
        "A lunch-hour laser",
        "Tiada masa pemulihan",
        "无需恢复期",
        "不需要休养",
        "无需恢复",
        "Downtime? None.",
        "零恢复期",
    ],
    "no-injury": [
        "It does not damage skin.",
        "It heats the ink without harming the skin.",
        "No skin injury",
        "Tanpa merosakkan kulit",
        "不伤害皮肤",
    ],
    "no-scars": ["A scar-free result", "It leaves no scars.", "It never leaves a scar.", "Tanpa parut", "不留疤痕"],
    "safe": [
        "Gentle and harmless",
        "Safe and harmless",
        "100% safe",
        "It is 100 % effective.",
        "One hundred per cent safe",
        "Completely safe",
        "It is safe.",
        "This treatment is perfectly safe.",
        "Safe for everyone",
        "Safe and effective",
        "Nothing can go wrong.",
        "100% selamat",
        "Selamat untuk semua",
        "百分之百安全",
        "100％有效",
        "绝对安全",
        "Success rate of 100%.",
        "A 99% success rate.",
        "成功率100%",
        "有效率高达99%",
        "Ѕafe for everyone",
        "Success rates of 99 %",
        "It has a 100% success rate.",
        "Kadar kejayaan 100%",
        "治愈率高达98%",
        "满意率100%",
    ],
    "proven": [
        "FDA approved",
        "It is approved by the FDA.",
        "Clinically proven",
        "A scientifically-proven method",
        "It is proven to work.",
        "Studies prove it.",
        "Terbukti secara klinikal",
        "临床证实",
        "經臨床證實",
        "No other laser is proven to work like this.",
        "Proved by science.",
        "KKM approved.",
        "Diluluskan oleh KKM.",
        "FDA认证",
        "MOH-approved",
        "Approved by KKM",
        "Terbukti, bukan janji kosong",
        "KKM批准",
    ],
    "instant": [
        "Instant results",
        "You look better instantly.",
        "Results overnight",
        "Gone in one session",
        "Hasil serta-merta",
        "立即见效",
        "一次见效",
        "Clear skin in a single session.",
        "One session is all you need.",
        "Kulit licin dengan satu sesi sahaja.",
        "当天见效",
        "Smooth skin after one treatment",
        "You need only one session.",
        "Hilang dalam satu sesi",
        "一次搞定",
    ],
    "cure": [
        "It cures acne for good.",
        "Do you want a cure for acne?",
        "A cure for scars",
        "Menyembuhkan parut",
        "彻底根治",
        "治愈",
        "Nothing cures acne like our laser.",
        "Sembuh selamanya.",
        "Jerawat sembuh sepenuhnya.",
        "No doubt it cures acne.",
        "Not a dream: it cures melasma.",
        "It is no secret that we cure acne.",
        "Nothing but a cure.",
        "Jangan percaya orang lain, kami menyembuhkan jerawat.",
        "Tidak hanya menyembuhkan jerawat",
        "没有什么比它更能根治痤疮",
    ],
    "never-again": [
        "You will never see it again.",
        "Never worry about spots again.",
        "The marks never come back.",
        "Your freckles won't return.",
        "Gone for good",
        "The marks are gone for ever.",
        "Lifetime results",
        "Jeragat tidak akan kembali.",
        "Hilang selama-lamanya",
        "永不复发",
        "不会反弹",
        "一劳永逸",
        "Results that last a lifetime.",
        "The results stay for life.",
        "Hilangkan jeragat selamanya.",
        "告别色斑",
        "Hoping for the best, we make it last for ever.",
        "Effects that stay for life",
        "It lasts a lifetime.",
        "告别痘印",
    ],
    "all-skin-types": [
        "It suits all skin types.",
        "For every skin-tone",
        "For any type of skin",
        "Untuk semua jenis kulit",
        "适合所有肤质",
    ],
    "anyone": [
        "Everyone gets better.",
        "All our patients see results.",
        "Nobody has ever had a burn.",
        "Virtually anyone is a good candidate.",
        "Suitable for everyone",
        "Everyone can have it.",
        "Sesuai untuk semua",
        "人人都可以做",
        "Not everyone believes it but it works for everyone.",
        "Suitable for all.",
        "老少皆宜",
        "男女老少都适合",
        "Not one of our patients was unhappy, all our patients see results.",
        "老少咸宜",
    ],
    "permanent": [
        "Results are permanent.",
        "Permanently fairer",
        "Hasilnya kekal.",
        "永久有效",
        "一輩子",
        "Not everyone knows that it is permanent.",
        "It cannot be reversed.",
    ],
    "eliminates": [
        "It removes tattoos completely.",
        "It eliminates scars.",
        "It completely removes ink.",
        "We get rid of spots.",
        "Wrinkles vanish.",
        "Ia menghilangkan parut.",
        "彻底清除色斑",
        "斑点一扫而空",
        "Why not get rid of your spots?",
        "It never fails to erase spots.",
        "You will not believe how it erases scars.",
        "Never has it been easier to erase a tattoo.",
        "痘印一扫而光",
    ],
    "any-concern": ["It helps with any skin concern.", "Untuk semua masalah kulit", "所有皮肤问题"],
    "no-limits": [
        "没有不能去除的痣",
        "There is no spot we cannot clear.",
        "Nothing we cannot cure",
        "Tiada tompok yang tidak dapat dihilangkan.",
    ],
    "moles": [
        "It lifts moles.",
        "We remove moles.",
        "Mole removal",
        "Good for freckles, moles and warts",
        "Moles fade in weeks.",
        "Moles can be safely removed.",
        "It is not only for scars: it removes moles too.",
        "Membuang tahi lalat",
        "去痣",
        "No surgery is needed to remove moles.",
        "There is no need for stitches to take off moles.",
        "Nobody needs a scalpel to remove moles.",
        "Safe, with no stitches, for moles.",
        "You do not need to live with moles, we remove them: moles gone.",
        "不动刀就能去痣",
    ],
    "severe-acne": ["It treats severe acne.", "For cystic acne", "Jerawat yang teruk", "严重痤疮"],
    "skin-tightening": ["It tightens.", "Against laxity", "Ia mengetatkan kulit.", "紧致肌肤"],
    "melasma-removal": ["For melasma removal.", "It removes melasma.", "Menghilangkan jeragat", "去除黄褐斑"],
    "brand-as-class": ["Also known as PicoSure.", "Dikenali sebagai PicoSure", "又称PicoSure"],
    "superiority": [
        "A cutting-edge laser.",
        "The best",
        "A miracle",
        "Rawatan terbaik",
        "最先进的激光",
        "It is safer than any other laser.",
        "Our laser is the best for melasma.",
        "Gentler than all others",
        "Malaysia's No. 1 laser clinic.",
        "We're #1 in KL.",
        "Nothing cures acne like our laser.",
        "国家级",
        "第一品牌",
        "唯一有效的方法",
        "The No. 1 choice",
        "NO. 1 IN KL",
        "国家第一品牌",
    ],
    "guarantee": [
        "We guarantee it.",
        "Guaranteed",
        "Results are guaranteed.",
        "We promise results.",
        "Flawless skin",
        "Or your money back: a money-back promise",
        "Hasil dijamin.",
        "保证有效",
        "包满意",
        "Hoping for clear skin, we guarantee you will have it.",
        "包您满意",
        "We not only promise results.",
        "It never fails.",
        "包你满意",
    ],
    "money-back": [
        "Satisfaction or a full refund.",
        "Pay nothing unless you are delighted.",
        "No improvement, no charge.",
        "Clear skin, or we treat you again for nothing.",
        "Jangan bayar jika tiada hasil.",
        "不满意不收费。",
        "看不到效果，分文不取。",
    ],
    "numbing-cream-two-weeks": ["Two weeks\nbefore, use numbing cream.", "Dua minggu sebelum, sapu krim kebas."],
    "surgery-substitute": ["For those who cannot undergo plastic surgery.", "不能做整形手术的人"],
    "always-free": ["We always provide free advice.", "Sentiasa percuma", "永远免费"],
    "endorsement": [
        "Doctors recommend it.",
        "Loved by celebrities",
        "Trusted by thousands of patients",
        "Disyorkan oleh doktor.",
        "专家推荐",
        "It is not without reason that doctors recommend it.",
    ],
    "younger": ["Look ten years younger.", "It turns back the clock.", "Skin like new", "Awet muda", "逆龄"],
    "pressure": [
        "Now 50 % off!",
        "Today only",
        "A limited offer",
        "Diskaun 20%",
        "仅限今天",
        "Half price until Friday.",
        "买一送一",
        "今天买一送一",
    ],
    "shame": ["Are you dissatisfied with your skin?", "Embarrassed by your scars?", "自卑"],
    "testimonial": ["My skin is so smooth, thank you!", "Kulit saya licin, terima kasih!", "我的脸亮了，太感谢了"],
    "before-and-after": ["See the difference.", "Lihat sendiri hasil sebenar kami.", "前后对比"],
    "promise": ["Discover your radiance.", "Kulit anda yang mulus.", "让您光彩照人"],
}

#: What honest people write.
LET_THROUGH = """
A pain score of 3.
Melasma is kept under control rather than cured.
You may hear that it is painless; most of our patients would not agree.
Clean, dry skin is best for the treatment.
Hypopigmentation may be permanent.
Sesetengah tompok pudar, yang lain kekal seperti biasa.
Rawatan ini tidak menjadikan anda kelihatan lebih muda.
The pain lasts an instant.
Take pain relief if you need it.
Side effects are common.
Side effects can be serious.
Molecules move.
Bestow.
It is not for moles.
A mole is not a reason to have it.
Do you have a mole or a dark spot that bleeds?
Can it remove a mole?
Can Pico laser remove a mole?
Can lip filler cure acne?
Are peels a cure for melasma?
We do not treat moles.
Never treat a mole before a doctor has seen it.
See a doctor about a mole that changes.
There is no cure for melasma.
It is not a cure.
Melasma cannot be cured.
Is it a cure for acne?
No treatment is without risk.
No treatment is completely safe.
It is safe to wash your face the next day.
It should not hurt.
Serious side effects are rare.
The risk of infection is low, but it is not zero.
Not everyone can have it.
Herpes never goes away completely.
You will need sunscreen for life.
Nothing is risk-free.
It is not without side effects.
We cannot promise a result.
Nobody can guarantee that it works.
It has not been proven to help.
No number of days is proven.
Melasma can come back.
Redness will disappear in days.
See a doctor immediately.
Wait until the skin has healed.
Tell us about permanent make-up.
Never stop a prescribed medicine on your own.
It is not suitable for everyone.
In rare cases it stays for good.
Nobody has shown that it is safe in pregnancy.
Keep it clean overnight.
Hoping for a flawless result, or one that lasts for ever
The best time to call is the morning.
Ask your doctor which is best for you.
It is best to wait.
Use the best sunscreen you can find.
It is safest to wait.
Results are not permanent.
Permanent loss of colour is rare.
Keep it out of the sun for good, not only this month.
Not everyone gets better.
Most doctors would wait.
The device was cleared by the FDA in 2012.
The price holds until the end of the year.
Hubungi kami dengan segera.
Ia tidak kekal.
Ia tidak menghilangkan semua parut.
Kami tidak boleh menjamin hasilnya.
Ia belum terbukti berkesan.
Tunggu sehingga kulit sembuh.
Kesan sampingan yang biasa ialah kemerahan.
可能会复发。
我们不能保证效果。
没有绝对安全的治疗。
最好先问医生。
第一天会发红。
请立即就医。
痛不痛？
不能根治黄褐斑。
并非永久。
副作用包括发红。
Risk: 0.5 in 100.
Side effects: 0.3 per visit.
It does not work instantly.
Do not expect instant results.
It does not eliminate pigment.
We cannot erase a tattoo.
There is no evidence that it cures scars.
If you feel nothing when you touch it, call us.
Wait until severe acne has settled.
All skin types can get dark marks.
Loss of colour can be permanent.
If a doctor has removed a mole, tell us.
Be wary of clinics that guarantee results.
The best sunscreen is the one you use.
Tiada rawatan yang selamat sepenuhnya.
Ia tidak menyembuhkan jeragat.
Parut mungkin kekal.
不会立即见效。
没有疼痛时也要防晒。
会不会留疤？
严重痤疮请先看医生。
请保证充足的睡眠。
没有最好的治疗。
Nobody knows whether it is permanent.
It does not last for everyone.
We cannot say that it is safe for everyone.
This is not approved by the FDA for melasma.
There is no proof that it removes tattoos completely.
Never let anyone who is not a doctor remove a mole.
We have no treatment for moles.
We do not promise results.
No laser can erase a tattoo.
Do not expect a perfect face.
Studies have not proven that it works.
Avoid the sun for 4 weeks.
Side effects: redness in 9 of 10 people.
The risk of a burn is 0.1 %.
Risks are low but real.
Pain: 3 out of 10.
Vitamin A, B, C and D
On day No. 1 you may be red.
Ask us about step no. 1 first.
Please ensure that you drink enough.
We waited until the severe acne had gone.
The price is RM 500 until 31 December.
Half of the people had redness.
One session costs RM 400.
Most people need four sessions.
Results differ.
Scars may stay for life.
If you had a mole removed, tell us.
Not all skin types react the same.
Redness for 2 days is usual.
Melanin absorbs light at 1064 nm.
Hujan mungkin turun.
Tiada bukti bahawa ia berkesan.
Tunggu sehingga jerawat yang teruk reda.
Tunggu sehingga kulit sembuh sepenuhnya.
Jangan buang tahi lalat sendiri.
Kulit mungkin sakit selama 2 hari.
Risiko: 0.5 dalam 100.
Kesan sampingan: kemerahan.
Tiada jaminan.
Sila pastikan anda cukup tidur.
Elakkan matahari selama 4 minggu.
Parut tidak dapat dielakkan sepenuhnya.
Hasil berbeza bagi setiap orang.
Satu sesi berharga RM400.
不要自行去痣。
可能会留疤。
不一定有效。
风险为0.5%。
副作用：发红。
治疗后需要恢复几天。
皮肤没有恢复时请等待。
没有证据证明它能根治痤疮。
请保证良好的休息。
一次治疗的费用是400令吉。
效果因人而异。
大多数人需要四次治疗。
不能保证效果。
有没有风险？
请告诉医生您的痣。
疼痛评分为3分。
""".strip().split("\n")

#: (claim, English, Malay, Chinese): one sentence, whose claim is found in every language.
FOUND_ALIKE = [
    (
        "eliminates",
        "It does not only fade spots, it erases them.",
        "Ia bukan sahaja mencerahkan tompok, malah menghapuskannya.",
        "不仅淡化斑点，还能彻底清除。",
    ),
    (
        "moles",
        "Do not wait to remove your moles.",
        "Jangan tunggu lagi untuk membuang tahi lalat.",
        "不要犹豫，马上去痣。",
    ),
    ("no-side-effects", "Risks? Zero.", "Risiko? Sifar.", "风险？零。"),
    ("no-side-effects", "Complications: none.", "Komplikasi: tiada.", "并发症：无。"),
    ("no-side-effects", "It is not dangerous.", "Ia tidak berbahaya.", "没有危险。"),
    ("never-again", "Scars never come back.", "Parut tidak akan kembali.", "疤痕不会再长出来。"),
    ("painless", "It is not painless.", "Ia bukan tanpa rasa sakit.", "并非无痛。"),
    ("moles", "Without pain it takes off moles.", "Tanpa rasa sakit ia membuang tahi lalat.", "无痛去痣。"),
    (
        "cure",
        "No surgery is needed, and it cures acne.",
        "Tidak perlu pembedahan, dan ia menyembuhkan jerawat.",
        "不用手术就能根治痤疮。",
    ),
    ("instant", "One visit is enough.", "Satu rawatan sudah memadai.", "一次就够。"),
    (
        "proven",
        "The ministry-approved laser for you: approved by the Ministry.",
        "Diluluskan oleh Kementerian Kesihatan.",
        "政府批准。",
    ),
    ("pressure", "Buy one, get one free.", "Beli satu percuma satu.", "买一送一。"),
    ("safe", "A success rate of 98.5%.", "Kadar kejayaan 98.5%.", "成功率为98.5%。"),
    (
        "no-side-effects",
        "It does not hurt and has no side effects.",
        "Ia tidak sakit dan tiada kesan sampingan.",
        "不痛，也没有副作用。",
    ),
    ("permanent", "Do not doubt it: permanent results.", "Jangan ragu: hasil kekal.", "不用怀疑：永久有效。"),
    (
        "guarantee",
        "No other clinic guarantees it.",
        "Tiada klinik lain yang menjamin hasilnya.",
        "没有其他诊所能保证效果。",
    ),
    (
        "guarantee",
        "It will not take long to get rid of spots, we guarantee it.",
        "Tidak lama, kami jamin tompok hilang.",
        "不久，保证斑点消失。",
    ),
    ("safe", "Never fear, it is completely safe.", "Jangan takut, ia selamat sepenuhnya.", "别怕，绝对安全。"),
    (
        "all-skin-types",
        "It suits all skin types, not only fair ones.",
        "Sesuai untuk semua jenis kulit, bukan hanya yang cerah.",
        "适合所有肤质，不只是白皙的。",
    ),
    ("superiority", "It is number one in Malaysia.", "Ia nombor satu di Malaysia.", "马来西亚第一。"),
    ("no-scars", "There are no scars.", "Tiada parut.", "没有疤痕。"),
    ("painless", "The treatment does not hurt.", "Rawatan ini tidak sakit.", "治疗是不痛的。"),
    ("no-scars", "It leaves no scars.", "Ia tidak meninggalkan parut.", "能不留疤。"),
    (
        "all-skin-types",
        "All skin types can be safely treated.",
        "Semua jenis kulit boleh dirawat.",
        "所有肤质都可以治疗。",
    ),
    (
        "all-skin-types",
        "All skin types can get results.",
        "Semua jenis kulit boleh mendapat hasil.",
        "所有肤质都会有效果。",
    ),
    ("superiority", "The best clinic is the one in Bangsar.", "Klinik terbaik di Bangsar.", "最好的诊所在这里。"),
    ("moles", "It is not hard to remove moles.", "Tidak sukar membuang tahi lalat.", "去痣不难。"),
    (
        "melasma-removal",
        "No other laser removes melasma faster.",
        "Tiada laser lain menghilangkan jeragat lebih cepat.",
        "没有其他激光能去除黄褐斑。",
    ),
    (
        "superiority",
        "No one takes off spots as gently as we do.",
        "Tiada siapa membuang tompok selembut kami.",
        "没有人比我们更温柔。",
    ),
    ("superiority", "Nothing compares with it.", "Ia tiada bandingan.", "无与伦比。"),
    ("superiority", "No clinic is better.", "Tiada klinik yang lebih baik.", "没有哪家诊所更好。"),
    ("moles", "Moles are not a problem for us.", "Tahi lalat bukan masalah bagi kami.", "痣不是问题。"),
    (
        "moles",
        "Don't let your mole hold you back.",
        "Jangan biarkan tahi lalat mengganggu anda.",
        "别再为痣烦心。",
    ),
    ("moles", "A face without moles.", "Muka tanpa tahi lalat.", "没有痣的脸。"),
    ("painless", "Say goodbye to pain.", "Ucapkan selamat tinggal kepada rasa sakit.", "和疼痛说再见。"),
    ("painless", "You will not feel a thing.", "Anda takkan rasa apa-apa.", "您一点感觉都没有。"),
    ("no-downtime", "No need of a day off, not a single day off.", "Tidak perlu ambil cuti.", "不用请假。"),
    (
        "no-side-effects",
        "You have nothing to worry about.",
        "Tiada apa-apa yang perlu dirisaukan.",
        "您完全不用担心。",
    ),
    ("safe", "It is safe for babies.", "Ia selamat untuk bayi.", "婴儿也能做。"),
    ("proven", "The FDA is proud of it: FDA-registered.", "Berdaftar dengan FDA.", "已在FDA注册。"),
    ("endorsement", "The secret of film stars.", "Rahsia selebriti.", "明星的秘密。"),
    ("never-again", "Say farewell to spots.", "Selamat tinggal tompok hitam.", "跟斑点说拜拜。"),
    ("eliminates", "Your scars will be gone.", "Parut anda akan hilang.", "您的疤痕没了。"),
    ("money-back", "If it does not work, you pay nothing.", "Jika tidak berkesan, wang dipulangkan.", "没效果就退款。"),
    ("pressure", "Only three slots left.", "Slot terhad.", "名额有限。"),
    ("younger", "Skin like a baby.", "Kulit seperti bayi.", "婴儿般的肌肤。"),
    ("guarantee", "You will not be disappointed.", "Ia tidak akan mengecewakan anda.", "不会让您失望。"),
    ("any-concern", "It clears any scar.", "Parut apa pun boleh pudar.", "什么疤都能淡。"),
    (
        "eliminates",
        "It is not impossible to erase scars.",
        "Tidak mustahil untuk menghilangkan parut.",
        "不可能不彻底清除疤痕。",
    ),
    (
        "eliminates",
        "No surgery: we erase scars.",
        "Tanpa pembedahan, kami menghilangkan parut.",
        "不动刀，彻底清除疤痕。",
    ),
]

#: (English, Malay, Chinese): one honest sentence.
LET_THROUGH_ALIKE = """
It does not cure acne. | Ia tidak menyembuhkan jerawat. | 它不能根治痤疮。
It does not suit all skin types. | Ia tidak sesuai untuk semua jenis kulit. | 不适合所有肤质。
Nobody can guarantee a result. | Tiada siapa boleh menjamin hasil. | 没有人能保证效果。
Can it remove a mole? | Bolehkah ia membuang tahi lalat? | 能去痣吗？
Is it a cure? | Adakah ia penawar? | 能根治吗？
We do not treat moles. | Kami tidak merawat tahi lalat. | 我们不治疗痣。
It is not suitable for everyone. | Ia tidak sesuai untuk semua orang. | 不是人人都适合。
No treatment is completely safe. | Tiada rawatan yang selamat sepenuhnya. | 没有绝对安全的治疗。
There is no evidence that it is permanent. | Tiada bukti bahawa ia kekal. | 没有证据表明效果是永久的。
Scars may be permanent. | Parut boleh menjadi kekal. | 疤痕可能是永久的。
Permanent scars are rare. | Parut kekal jarang berlaku. | 永久性疤痕很少见。
Tell us if a doctor has removed a mole. | Beritahu jika doktor pernah buang tahi lalat. | 如果医生曾去除痣，请告诉我们。
See a doctor about severe acne first. | Jumpa doktor tentang jerawat yang teruk dahulu. | 严重痤疮请先看医生。
Beware of clinics that guarantee results. | Berhati-hati dengan klinik yang menjamin hasil. | 警惕保证效果的诊所。
It does not work immediately. | Ia tidak berkesan serta-merta. | 不会立即见效。
It has not been proven. | Ia belum terbukti. | 尚未被证实。
The risk is 0.5 in 100. | Risiko: 0.5 dalam 100. | 风险为0.5%。
Side effects cannot be ruled out. | Kesan sampingan tidak dapat dielakkan. | 副作用无法完全避免。
Will it leave a scar? | Adakah ia meninggalkan parut? | 会不会留疤？
Are there side effects? | Adakah terdapat kesan sampingan? | 有没有副作用？
We cannot promise that it never comes back. | Kami tidak dapat menjamin ia tidak akan kembali. | 我们不能保证不再复发。
Wear sunscreen when you feel no pain too. | Pakai pelindung matahari walaupun tidak terasa sakit. | 没有疼痛时也要防晒。
Every skin type needs protection from the sun. | Setiap jenis kulit perlu pelindung matahari. | 所有肤质都需要防晒。
Half of 60 people felt pain for 2 days. | Separuh daripada 60 orang sakit selama 2 hari. | 60人中有一半痛了2天。
There is no best laser. | Tiada laser terbaik. | 没有最好的激光。
All skin types can get dark marks. | Semua jenis kulit boleh mendapat tompok gelap. | 所有肤质都可能出现色斑。
All skin types can burn. | Semua jenis kulit boleh terbakar. | 所有肤质都会晒伤。
All skin types need protection. | Semua jenis kulit perlu pelindung matahari. | 所有肤质都需要防晒。
The best sunscreen is the one you use. | Pelindung matahari terbaik ialah yang anda pakai. | 最好的防晒霜是您会用的。
Does it hurt? | Adakah ia sakit? | 痛不痛？
Can it leave scars? | Bolehkah ia meninggalkan parut? | 会不会留疤？
It is rarely permanent. | Ia jarang kekal. | 很少是永久的。
Melasma cannot be removed for good. | Jeragat tidak dapat dihilangkan selamanya. | 黄褐斑不能永远去除。
No treatment cures melasma. | Tiada rawatan boleh menyembuhkan jeragat. | 没有治疗能根治黄褐斑。
Never remove a mole yourself. | Jangan buang tahi lalat sendiri. | 请勿自行去痣。
No result is guaranteed. | Hasil tidak dijamin. | 不保证效果。
Is it safe? | Adakah ia selamat? | 安全吗？
Are the results permanent? | Adakah hasilnya kekal? | 效果是永久的吗？
Will my melasma be gone? | Adakah jeragat saya akan hilang? | 我的黄褐斑会消失吗？
Show your moles to a doctor first. | Tunjukkan tahi lalat kepada doktor dahulu. | 请先给医生看您的痣。
Don't scratch a mole. | Jangan garu tahi lalat. | 请不要抓痣。
A mole is no reason to have it. | Tahi lalat bukan sebab untuk menjalaninya. | 痣不是做激光的理由。
Do not believe that there are no risks. | Jangan percaya dakwaan tanpa risiko. | 不要相信没有风险的说法。
You may feel nothing. | Anda mungkin tidak rasa apa-apa. | 您可能没有感觉。
If it does not hurt but is hot, call us. | Jika tidak sakit tetapi panas, hubungi kami. | 如果不痛但发烫，请联系我们。
You may need no days off. | Anda mungkin tidak perlu cuti. | 您可能不用请假。
An FDA approval is no proof. | Kelulusan FDA bukan bukti. | FDA批准不是证据。
Pictures of celebrities are no proof. | Gambar selebriti bukan bukti. | 明星的照片不是证据。
The scar may stay for the rest of your life. | Parut mungkin kekal seumur hidup. | 疤痕可能会留一辈子。
Even the best laser has risks. | Laser terbaik pun ada risiko. | 最好的激光也有风险。
Whatever your skin, wear sunscreen. | Apa jua jenis kulit, pakai pelindung matahari. | 不管什么肤质，都要防晒。
The crust will be gone in a week. | Kuping akan hilang dalam seminggu. | 结痂一周内会脱落。
Until the blisters are gone, do not swim. | Sehingga lepuh hilang, jangan berenang. | 水泡消失后才能游泳。
The first consultation is free. | Konsultasi pertama adalah percuma. | 首次咨询免费。
Nobody knows the result beforehand. | Tiada siapa tahu hasilnya lebih awal. | 没有人能事先知道效果。
We give no discounts. | Kami tidak memberi diskaun. | 我们不打折。
You pay when you have decided. | Anda membayar apabila anda bersetuju. | 您决定以后才付款。
""".strip().split("\n")


def found(text):
    """(claim's id, sentence) of each claim of a Markdown text."""
    return [(claim.id, sentence) for claim, sentence in claims.found_in(words_of_markdown(text))]


class TestAClaim:
    @pytest.mark.parametrize(
        ("claim", "text"), one_in(4, [(claim, text) for claim, texts in FOUND.items() for text in texts])
    )
    def test_is_found(self, claim, text):
        assert claim in {name for name, _sentence in found(text)}

    def test_of_the_file_is_found_each(self):
        assert set(FOUND) == {claim.id for claim in claims.known()}

    @pytest.mark.parametrize("text", one_in(3, LET_THROUGH))
    def test_is_not_seen_in_an_honest_sentence(self, text):
        assert found(text) == []

    @pytest.mark.parametrize(("claim", "english", "malay", "chinese"), one_in(4, FOUND_ALIKE))
    def test_is_found_in_every_language(self, claim, english, malay, chinese):
        for text in (english, malay, chinese):
            assert claim in {name for name, _sentence in found(text)}

    @pytest.mark.parametrize("texts", one_in(3, LET_THROUGH_ALIKE))
    def test_is_not_seen_in_an_honest_sentence_of_any_language(self, texts):
        assert [found(text) for text in texts.split(" | ")] == [[], [], []]

    def test_may_not_name_a_pattern_that_is_not_shared(self):
        with pytest.raises(KeyError):
            claims.compiled(r"a(?&missing)", {"other": "b"})

    @pytest.mark.slow
    def test_is_made_in_no_sentence_of_the_bundled_article(self):
        texts = reading.texts(bundled_article())

        assert [sentence for *_place, words in texts for _claim, sentence in claims.found_in(words)] == []

    @pytest.mark.parametrize("text", ["It is painless.", "pain**less**", "无痛"])
    def test_is_found_where_markup_is_not_read_too(self, text):
        assert claims.found_in(words_of("risks", "lasts", text))

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("5. sessions a year", "5. sessions a year"),
            ("5. sessions\n6. weeks", "5. sessions\nweeks"),
            ("5. sessions\n\n6. weeks", "5. sessions\nweeks"),
            ("1. sessions\n2. weeks", "sessions\nweeks"),
        ],
    )
    def test_is_sought_with_the_number_that_a_list_begins_with(self, text, words):
        assert words_of_markdown(text) == words

    def test_says_what_holds_for_every_treatment(self):
        told = " ".join(f"{claim.why} {claim.say}" for claim in claims.known())

        assert not re.findall(r"\b(laser|pulse|pico\w*|tattoos?|ink|inject\w*|needle|filler)\b", told, re.I)
        assert not re.search(r"\bpico\b", claims.CLAIMS.read_text(encoding="utf-8"))

    def test_of_the_file_is_written_in_a_language_of_the_site(self):
        rows = tomllib.loads(claims.CLAIMS.read_text(encoding="utf-8"))["claim"]

        assert {key for row in rows for key in row} == {"id", "why", "say", "unless", *claims.LANGUAGES}
        assert all(set(claims.LANGUAGES) & set(row) in (set(), set(claims.LANGUAGES)) for row in rows)

    def test_without_a_pattern_is_made_of_parts(self):
        made = {row.claim for row in promises.rows()}

        assert {claim.id for claim in claims.known() if not claim.patterns} <= made


class TestASentence:
    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("It helps. It is painless for\nmost. It lasts 2.5 weeks.", "It is painless for most."),
            ("It helps\n\nIt is painless\n\nIt lasts", "It is painless"),
            ("It is:\n\n- quick\n- painless\n- cheap", "painless"),
            ("It is:\n\n- quick\n    - painless\n    - cheap\n- good", "painless"),
            ("It is painless", "It is painless"),
            ("Is it painless? No.", "Is it painless?"),
            ("He said: “It is painless.” It is not.", "He said: “It is painless.”"),
            ("可能会红。这是painless的！没关系。", "这是painless的！"),
            ("真的painless吗？！不。", "真的painless吗？！"),
            ("यह अच्छा है। It is painless। ठीक।", "It is painless।"),
            ("جيد؟ It is painless؟ لا.", "It is painless؟"),
            ("It helps. It is P A I N L E S S. It lasts.", "It is P A I N L E S S."),
            ("Pain? None. It lasts.", "Pain? None."),
            ("Pain? Not with us. It lasts.", "Pain? Not with us."),
            ("Pain? Never. It lasts.", "Pain? Never."),
            ("Sakit? Langsung tiada. Ia lama.", "Sakit? Langsung tiada."),
            ("In room no. 12 it is painless. It lasts.", "In room no. 12 it is painless."),
        ],
    )
    def test_is_quoted_alone_and_without_markup(self, text, sentence):
        assert found(text) == [("painless", sentence)]

    @pytest.mark.parametrize(
        ("question", "answer"),
        [
            ("Is it a cure for melasma?", "Yes."),
            ("Are the results permanent?", "Of course they are."),
            ("Adakah hasilnya kekal?", "Ya, hasilnya lama."),
            ("能根治吗？", "当然，请放心来。"),
            ("Are there any side effects?", "None whatsoever."),
            ("Ada kesan sampingan?", "Langsung tiada."),
            ("有副作用吗？", "一点都没有。"),
        ],
    )
    def test_that_asks_is_one_with_an_answer_that_says_nothing_without_it(self, question, answer):
        assert found(question) == []
        assert {sentence for _claim, sentence in found(f"{question} {answer}")} == {f"{question} {answer}"}

    def test_is_quoted_once(self):
        assert found("It is painless. It is painless.") == [("painless", "It is painless.")]

    def test_does_not_borrow_the_words_of_the_next(self):
        assert found("Everyone has questions. Ask whether candidates are chosen with care.") == []


class TestAContraction:
    @pytest.mark.parametrize(
        ("typed", "read"),
        [
            ("We can’t, and won’t, say.", "we cannot, and will not, say."),
            ("It dont hurt.", "it do not hurt."),
            ("Ia takkan, sungguh, pudar.", "ia tak akan, sungguh, pudar."),
            ("Takde masa.", "tak ada masa."),
            ("Cantaloupe and wonton", "cantaloupe and wonton"),
        ],
    )
    def test_is_read_as_the_denial_that_it_is(self, typed, read):
        assert reading.folded(typed) == read


class TestALongText:
    @pytest.mark.parametrize(
        "piece",
        one_in(
            4,
            [
                "best.",
                "best. ",
                "?!",
                ".",
                "no ",
                "side effects ",
                "never a ",
                "痛",
                "cures ( ",
                "zero redness ",
                "glow",
                "不红",
            ],
        ),
    )
    def test_is_read_in_a_time_that_grows_with_its_length(self, piece, monkeypatch):
        """Doubling the text doubles the signs that are looked at; a text that is split anew for each find would not."""
        looked_at = []
        fold = reading.folded

        def folded(sentence):
            looked_at.append(len(sentence))
            return fold(sentence)

        monkeypatch.setattr(reading, "folded", folded)

        for length in (2_000, 4_000):
            claims.found_in.__wrapped__((piece * length)[: length * 2])

        assert sum(looked_at) <= 3 * 8_000
