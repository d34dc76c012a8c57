import type { Strings } from './en';
import { apart } from './rtl';

export const ar: Strings = {
  enter: 'دخول',
  enterHint: 'ستسمع المعلّم وتراه. يبقى الميكروفون والكاميرا لديك مغلقين.',
  yourName: 'اسمك',
  with: 'مع',
  loading: 'يجري فتح الدرس …',
  linkUnknown: 'هذا الرابط لم يعد يفتح درسًا. اطلب من معلّمك رابطًا جديدًا.',
  lessonGone: 'لا يوجد درس كهذا.',
  noServer: 'الخادم لا يجيب. ستدخل بمجرد أن يجيب.',
  waitingTitle: 'لم يبدأ الدرس بعد',
  waitingHint: 'ابقَ هنا: سيبدأ من تلقاء نفسه.',
  opensAt: (time) => `يُفتح الدرس في ${apart(time)}. يمكنك البقاء هنا.`,
  opensOn: (day, time) => `يُفتح الدرس يوم ${apart(day)} في ${apart(time)}.`,
  cancelledTitle: 'أُلغي هذا الدرس',
  endedTitle: 'انتهى الدرس',
  endedHint: 'يمكنك إغلاق هذه الصفحة.',
  live: 'مباشر',
  linkVoice: 'يصل الصوت',
  linkConnecting: 'يجري الاتصال …',
  linkLost: 'انقطع اتصالك. ستعود من تلقاء نفسك.',
  soundBlocked: 'المس لسماع الدرس',
  language: 'اللغة',
  noEntry: 'الدرس لا يُفتح',
  failed: 'لم ينجح ذلك: ',
};
