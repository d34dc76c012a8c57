// The texts of the page of the school's rules: what each does for the children, in plain words.
import { catalogue } from '../strings';

const en = {
  rules: 'Rules',
  intro: 'They hold in every lesson of this school. A change holds at once, in lessons that are open now, too.',
  loading: 'One moment …',
  lobby: {
    legend: 'Who waits at the door',
    hint: 'Whoever waits sees the name of the lesson and nothing else until the teacher lets her in. A teacher may choose otherwise in her lesson.',
    off: ['Nobody', 'Whoever has a link to the lesson is in at once.'],
    guests: ['Guests', 'Students of the class come straight in. Somebody the school does not know waits.'],
    everybody: ['Everybody', 'Each student waits until the teacher lets her in.'],
  },
  students_cameras: {
    legend: 'Students’ cameras',
    hint: 'A camera is switched on by the student herself, never from outside.',
    allowed: ['A student may be seen', 'Where the teacher gives her the floor with her picture.'],
    off: ['No student is seen', 'The server refuses every picture of a student, and ends those that are on. Voices are heard as before.'],
  },
  private_chat: {
    legend: 'Students who write to each other',
    hint: 'To all and to the teacher they may always write, unless the teacher closes the chat.',
    off: ['Never', 'What a student writes is read by all, or by the teacher.'],
    supervised: ['If the teacher allows it, and she reads it, too', 'She sees every line between two students.'],
    free: ['If the teacher allows it, unread', 'Nobody but the two sees the line. This is for grown-ups.'],
  },
  chat_words: {
    legend: 'Words that students may not write',
    hint: 'Parted by commas or lines. Capital letters and accents make no difference. Teachers may write what they need.',
    label: 'Words',
  },
  chat_words_rule: {
    legend: 'What becomes of a line with such a word',
    mask: ['The word is hidden', 'The class reads **** in its place.'],
    refuse: ['The line is refused', 'The student is told that a word is not allowed, and may write anew.'],
  },
  save: 'Save the rules',
  saved: 'Saved. It holds from now on, in lessons that are open, too.',
  stale: 'Somebody has changed the rules since you opened this page. You see them as they are now: please choose again.',
  wordTooLong: (word: string) => `“${word}” is longer than 40 letters.`,
  tooManyWords: (n: number) => `These are ${n} words; 200 are the most.`,
};
export type RulesTexts = typeof en;

const el: RulesTexts = {
  rules: 'Κανόνες',
  intro: 'Ισχύουν σε κάθε μάθημα του σχολείου. Μια αλλαγή ισχύει αμέσως, και στα μαθήματα που είναι τώρα ανοιχτά.',
  loading: 'Μια στιγμή …',
  lobby: {
    legend: 'Ποιος περιμένει στην πόρτα',
    hint: 'Όποιος περιμένει βλέπει μόνο το όνομα του μαθήματος, ώσπου να τον δεχτεί ο εκπαιδευτικός. Ο εκπαιδευτικός μπορεί να επιλέξει αλλιώς για το μάθημά του.',
    off: ['Κανείς', 'Όποιος έχει σύνδεσμο του μαθήματος μπαίνει αμέσως.'],
    guests: ['Οι επισκέπτες', 'Οι μαθητές του τμήματος μπαίνουν κατευθείαν. Όποιος είναι άγνωστος στο σχολείο περιμένει.'],
    everybody: ['Όλοι', 'Κάθε μαθητής περιμένει ώσπου να τον δεχτεί ο εκπαιδευτικός.'],
  },
  students_cameras: {
    legend: 'Κάμερες των μαθητών',
    hint: 'Την κάμερα την ανοίγει ο ίδιος ο μαθητής, ποτέ κάποιος άλλος.',
    allowed: ['Ένας μαθητής μπορεί να φαίνεται', 'Όταν ο εκπαιδευτικός του δίνει τον λόγο με εικόνα.'],
    off: ['Κανένας μαθητής δεν φαίνεται', 'Ο διακομιστής αρνείται κάθε εικόνα μαθητή και κλείνει όσες είναι ανοιχτές. Οι φωνές ακούγονται όπως πριν.'],
  },
  private_chat: {
    legend: 'Μηνύματα μεταξύ μαθητών',
    hint: 'Προς όλους και προς τον εκπαιδευτικό γράφουν πάντα, εκτός αν εκείνος κλείσει τη συνομιλία.',
    off: ['Ποτέ', 'Ό,τι γράφει ένας μαθητής το διαβάζουν όλοι ή ο εκπαιδευτικός.'],
    supervised: ['Αν το επιτρέψει ο εκπαιδευτικός, και τα διαβάζει κι αυτός', 'Βλέπει κάθε γραμμή ανάμεσα σε δύο μαθητές.'],
    free: ['Αν το επιτρέψει ο εκπαιδευτικός, χωρίς να τα διαβάζει', 'Κανείς άλλος δεν βλέπει τη γραμμή. Είναι για ενηλίκους.'],
  },
  chat_words: {
    legend: 'Λέξεις που οι μαθητές δεν γράφουν',
    hint: 'Χωρισμένες με κόμμα ή σε γραμμές. Κεφαλαία και τόνοι δεν παίζουν ρόλο. Οι εκπαιδευτικοί δεν δεσμεύονται.',
    label: 'Λέξεις',
  },
  chat_words_rule: {
    legend: 'Τι γίνεται με μια τέτοια γραμμή',
    mask: ['Η λέξη κρύβεται', 'Το τμήμα διαβάζει **** στη θέση της.'],
    refuse: ['Η γραμμή δεν γίνεται δεκτή', 'Ο μαθητής μαθαίνει ότι μια λέξη δεν επιτρέπεται και μπορεί να ξαναγράψει.'],
  },
  save: 'Αποθήκευση κανόνων',
  saved: 'Αποθηκεύτηκε. Ισχύει από τώρα, και στα μαθήματα που είναι ανοιχτά.',
  stale: 'Κάποιος άλλαξε τους κανόνες αφότου ανοίξατε τη σελίδα. Τους βλέπετε όπως είναι τώρα: διαλέξτε ξανά.',
  wordTooLong: (word) => `Το «${word}» έχει πάνω από 40 γράμματα.`,
  tooManyWords: (n) => `Αυτές είναι ${n} λέξεις· το πολύ 200.`,
};

export const catalogues = { en, el };
export const texts = catalogue(catalogues, (ar) => ar.rules);
