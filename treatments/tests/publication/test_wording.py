"""What somebody writes who wants a promise past the gate, each beside what an honest writer says of the same."""

import pytest

from treatments.publication import claims
from treatments.tests.tables import one_in
from treatments.text.words import words_of_markdown

#: claim | a promise | an honest sentence in much the same words.
BESIDE_EACH_OTHER = """
superiority | No one removes spots as gently. | No one can tell you which laser is the gentlest.
superiority | Nobody treats melasma better. | Nobody gets better in a day.
superiority | Nothing beats our laser. | Nothing helps in every case.
superiority | You will not find a finer clinic. | You will not find a figure for that in any study.
superiority | No laser on the market is gentler. | No laser is without risk.
superiority | We are number 1 in Penang. | The answer to question number 1 is no.
superiority | Ours is Malaysia's leading laser clinic. | The leading cause of dark patches is the sun.
superiority | The most advanced laser in Asia. | Even the most advanced laser has its risks.
superiority | There's no gentler laser in town. | There's no other reason to wait.
superiority | Dramatic results for all to see. | The best result in the trial was a fall of 75%.
superiority | Tiada tandingan. | Tiada kajian membandingkan kedua-duanya.
superiority | Klinik terkemuka di Lembah Klang. | Klinik ini terletak di Lembah Klang.
superiority | Tiada klinik yang lebih lembut. | Tiada kajian menunjukkan laser mana yang lebih lembut.
superiority | 没有人比我们更温柔。 | 没有人能说哪种更好。
superiority | 首屈一指的诊所。 | 我们的诊所在二楼。
moles | No one removes moles as gently. | No one removes moles here.
moles | Moles are no problem for our laser. | Moles are no reason to have it.
moles | Don't let moles bother you; we remove them. | Don't let anyone laser your moles.
moles | That mole on your cheek? We take care of it. | Is there a mole on your cheek?
moles | Moles, skin tags and warts in ten minutes. | Show moles that itch or bleed to a doctor.
moles | Your moles are no match for Pico. | A mole can be an early melanoma.
moles | Every mole can go. | Every mole that changes needs a doctor.
moles | A face without moles. | What is the difference between a mole and a freckle?
moles | Lasers lift moles for good. | Laser on a mole can hide a cancer.
moles | Our doctors make moles history. | Our doctors look at moles before any laser.
moles | Tahi lalat bukan masalah bagi kami. | Tahi lalat bukan sebab untuk rawatan ini.
moles | Jangan risau tentang tahi lalat. | Jangan garu tahi lalat.
moles | Tahi lalat? Serahkan kepada kami. | Tahi lalat perlu diperiksa oleh doktor dahulu.
moles | 痣不是问题。 | 痣不是做激光的理由。
moles | 别让痣困扰您。 | 请别抓痣，先看医生。
moles | 跟痣说再见。 | 痣附近的皮肤要先检查。
moles | 痣不是問題。 | 痣不是做雷射的理由。
moles | 擺脫痣的煩惱。 | 醫生會檢查有沒有痣。
never-again | 跟斑點說拜拜。 | 斑點可能再出現。
money-back | 沒效果就退款。 | 沒效果請告訴我們。
all-skin-types | 無論什麼膚色都適合。 | 無論什麼膚色，都要先測試。
painless | Pain is a thing of the past. | Pain can last for two days.
painless | You will barely notice a thing. | You may barely notice the redness.
painless | Forget about pain. | Do not forget that pain is a reason to call.
painless | There is no sting. | You may feel a sting with each pulse.
painless | All of the glow and none of the pain. | Some of the pain comes later.
painless | You could sleep through the session. | You may sleep badly on the first night.
painless | Ia takkan menyakitkan. | Ia mungkin menyakitkan.
painless | Lupakan rasa sakit. | Jangan lupakan ubat anda.
painless | Anda tidak akan rasa apa-apa. | Anda mungkin tidak rasa apa-apa, atau rasa pedih.
painless | 全程没有任何感觉。 | 如果没有感觉，请告诉我们。
painless | 和疼痛说再见。 | 如果疼痛加重，请打电话。
no-downtime | You need no days off. | Plan a day off if you work outdoors.
no-downtime | Straight back to your day. | Do not go straight back to the gym.
no-downtime | Nobody will know that you had it done. | Nobody will know before the day how red you get.
no-downtime | Have it done over lunch. | Have something to eat before you come.
no-downtime | Tak perlu ambil cuti. | Anda mungkin tidak perlu cuti.
no-downtime | Boleh terus bekerja. | Jangan terus bekerja di bawah matahari.
no-downtime | 随做随走。 | 您当天可以回家。
no-downtime | 不影响工作。 | 可能影响工作。
no-side-effects | Complications are unheard of. | Complications are rare.
no-side-effects | You have nothing to fear. | There is nothing to fear if the redness lasts a day.
no-side-effects | Side effects? Not with us. | Side effects? Redness and swelling above all.
no-side-effects | Side effects simply do not exist. | Do not believe clinics that tell of no side effects.
no-side-effects | Not a single side effect. | Not all side effects come at once.
no-side-effects | Takde side effect. | Kesan sampingan mungkin berlaku.
no-side-effects | Tiada apa-apa yang perlu dibimbangkan. | Apa-apa yang membimbangkan, beritahu kami.
no-side-effects | 没有后顾之忧。 | 不要相信没有副作用的说法。
no-scars | Scars? Never. | Scars? In rare cases.
no-scars | Not a single scar will be left. | No scar goes completely.
no-injury | It leaves the skin untouched. | It injures the skin in tiny dots.
safe | Even pregnant women can have it. | Pregnant women should wait.
safe | It could not be safer. | It is not safer in every case.
safe | Gentle enough for babies. | Nobody has tested it on babies.
safe | Selamat digunakan oleh semua orang. | Ia tidak selamat untuk semua orang.
safe | 孕妇也能放心使用。 | 孕妇应该等待。
proven | FDA-registered, so you can relax. | The FDA cleared it for tattoos in 2012.
proven | Proven by scientists of three universities. | It has not been proven by any study.
proven | The FDA stands behind it. | The FDA warns of numbing cream.
proven | Science shows that it works. | Studies show that it works less well on yellow ink.
proven | Diiktiraf oleh FDA. | Kelulusan FDA tidak bermakna ia berkesan.
proven | KKM sahkan laser kami. | Tanya KKM sama ada klinik itu berdaftar.
proven | 美国FDA认可的设备。 | FDA批准并不代表对您有效。
instant | Visible results after a single visit. | Do not judge it after a single visit.
instant | Bibir gebu serta-merta. | Hubungi kami serta-merta jika mata sakit.
instant | 立刻丰唇。 | 请立刻就医。
instant | You will look radiant by tomorrow. | New blisters the next day are a reason to call.
instant | Sekali buat terus nampak beza. | Satu sesi jarang mencukupi.
instant | 做完就能看到效果。 | 做完不会马上看到效果。
never-again | Kiss your freckles goodbye. | Tell us before you say goodbye to a medicine.
never-again | The effect never wears off. | The effect may wear off in a year.
never-again | Hair that never grows back. | Hair may grow back, finer and lighter.
never-again | Bulu tidak akan tumbuh lagi. | Bulu boleh tumbuh semula.
never-again | A glow that is here to stay. | The results do not last for life.
never-again | Selamat tinggal tompok hitam. | Tompok hitam boleh kembali.
never-again | 和雀斑说再见。 | 雀斑可能再出现。
eliminates | Your spots will be gone. | Wait until the tan is gone.
eliminates | Watch your freckles melt away. | Freckles fade in winter.
eliminates | Freckles? Gone. | Freckles? They often come back.
eliminates | Scars are history. | Scars are a part of your history that we ask about.
eliminates | Not a trace of your tattoo remains. | A trace of your tattoo may remain.
eliminates | Wrinkles gone in minutes. | The redness is gone in hours in most people.
eliminates | Tompok anda akan hilang. | Kuping akan hilang dalam seminggu.
eliminates | 斑点全没了。 | 斑点可能消失一年，然后复发。
melasma-removal | Melasma is gone after three sessions. | We cannot say that your melasma will be gone.
melasma-removal | The end of melasma. | Melasma comes back in most people.
melasma-removal | Jeragat lesap. | Jeragat mungkin menjadi lebih gelap.
melasma-removal | 黄褐斑克星。 | 黄褐斑常常会复发。
cure | It treats the root cause of acne. | It does not treat the root cause of acne.
cure | Jerawat anda akan sembuh. | Luka anda akan sembuh dalam seminggu.
cure | 彻底治好痤疮。 | 请先把痤疮治好。
all-skin-types | Whatever your skin tone, it works. | Whatever your skin tone, wear sunscreen.
all-skin-types | Fair or dark, our laser suits them all. | Fair or dark, all skin can burn.
all-skin-types | Apa jua jenis kulit anda, boleh. | Apa jua jenis kulit anda, uji dahulu.
all-skin-types | 不管什么肤色都能做。 | 不管什么肤色，都要防晒。
anyone | Regardless of age, you can have it. | Regardless of age, tell us about your medicines.
anyone | Everybody should try it. | Everyone should have a consultation first.
anyone | Tak kira umur, semua boleh buat. | Tak kira umur, beritahu kami ubat anda.
anyone | 谁都可以做。 | 谁不可以做？
guarantee | We give you our word. | We give you our plan in writing.
guarantee | Your spots will fade. | Your spots may fade.
guarantee | You will not regret it. | You can change your mind, and nobody is cross.
guarantee | Kulit cantik itu pasti. | Tiada hasil yang pasti.
guarantee | 一定让您满意。 | 不一定有效。
endorsement | The favourite of film stars. | Photographs of celebrities are no proof.
endorsement | Join 5,000 happy patients. | Three patients were happy with it, and two were not.
endorsement | Artis popular datang ke sini. | Gambar selebriti bukan bukti.
endorsement | 明星都在用。 | 明星的照片不是证据。
pressure | Treat two areas and get the third free. | Treat one area first, and then decide.
pressure | Hurry, before Friday. | There is no hurry.
pressure | Only five slots left. | We have few evening times in December.
pressure | Your first session is free. | Your first consultation is free.
pressure | Slot terhad, cepat tempah! | Konsultasi pertama adalah percuma.
pressure | 前十名免费。 | 首次咨询免费。
younger | Take ten years off your face. | Wait ten days after a peel.
younger | 重返十八岁。 | 未满十八岁请先告诉我们。
shame | Tired of hiding your face? | Are you tired after the session?
shame | Malu dengan jerawat anda? | Beritahu kami tentang jerawat anda.
no-limits | No tattoo is too dark for us. | Some tattoos are too dark to fade in few sessions.
no-limits | 再深的疤也能淡。 | 深的疤可能不变。
any-concern | We can treat any tattoo. | We do not treat any tattoo before a consultation.
skin-tightening | It lifts sagging skin. | It does not lift loose skin.
always-free | Your check-ups are free, always. | Your first check-up is free.
money-back | If it doesn't work, you don't pay. | You do not pay until you have decided.
money-back | Full refund if your spots do not fade. | We refund what you paid for a visit that we cancel.
money-back | Tidak puas hati, wang dipulangkan. | Jika tidak puas hati, beritahu kami.
money-back | 没效果就退款。 | 没效果请告诉我们。
testimonial | I love my new skin! | If you love your freckles, keep them.
testimonial | Kulit saya cerah, terima kasih doktor! | Adakah kulit saya akan cerah?
testimonial | 我终于敢素颜了。 | 我的皮肤会变深吗？
before-and-after | Look at our transformations. | Ask for photographs taken in the same light.
before-and-after | Lihat perubahan ketara pesakit kami. | Gambar diambil dalam cahaya yang sama.
before-and-after | 看看我们的对比图。 | 照片要在同样的光线下拍。
promise | Wake up glowing. | Your skin may look duller for a week.
promise | Serlahkan seri anda. | Kulit anda mungkin kering.
promise | 焕发光彩。 | 皮肤可能干燥。
""".strip().split("\n")


def claims_of(text):
    return {claim.id for claim, _sentence in claims.found_in(words_of_markdown(text))}


class TestAPromise:
    @pytest.mark.parametrize("line", one_in(4, BESIDE_EACH_OTHER))
    def test_is_found_and_the_honest_sentence_beside_it_is_not(self, line):
        claim, promise, honest = line.split(" | ")

        assert claim in claims_of(promise)
        assert claims_of(honest) == set()

    def test_of_every_kind_that_denies_or_praises_has_an_honest_one_beside_it(self):
        beside = {line.split(" | ")[0] for line in BESIDE_EACH_OTHER}
        of_few_words = {"permanent", "severe-acne", "brand-as-class", "numbing-cream-two-weeks", "surgery-substitute"}

        assert beside | of_few_words == {claim.id for claim in claims.known()}
