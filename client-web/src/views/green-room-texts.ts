// The texts of what a teacher sees before she goes in.
import { catalogue } from '../strings';

const en = {
  greenRoom: 'Before the lesson',
  preview: 'This is how the class will see you',
  camera: 'Camera',
  microphone: 'Microphone',
  noCamera: 'No camera',
  defaultDevice: 'Default',
  hearYou: 'We hear you well.',
  saySomething: 'Say something: we do not hear you yet.',
  waitingPeople: (n: number) => (n === 0 ? 'Nobody is waiting yet.' : n === 1 ? '1 person is waiting.' : `${n} people are waiting.`),
  hereAlready: 'Who is here already',
  inLesson: 'In the lesson',
  peopleInside: (n: number) => (n === 0 ? 'No student is in it.' : n === 1 ? '1 person is in it.' : `${n} people are in it.`),
  atTheDoor: (n: number) => (n === 1 ? '1 more stands at the door until you let her in.' : `${n} more stand at the door until you let them in.`),
  andMore: (n: number) => `and ${n} more`,
  startLesson: 'Start the lesson',
  joinAgain: 'Go on with the lesson',
  tryAgain: 'Try again',
  withoutCamera: 'Go on without a camera',
  level: 'How loud the class hears you',
};
export type GreenRoomTexts = typeof en;

const el: GreenRoomTexts = {
  greenRoom: 'Πριν από το μάθημα',
  preview: 'Έτσι θα σας βλέπει η τάξη',
  camera: 'Κάμερα',
  microphone: 'Μικρόφωνο',
  noCamera: 'Χωρίς κάμερα',
  defaultDevice: 'Προεπιλογή',
  hearYou: 'Σας ακούμε καλά.',
  saySomething: 'Πείτε κάτι: δεν σας ακούμε ακόμη.',
  waitingPeople: (n: number) => (n === 0 ? 'Κανείς δεν περιμένει ακόμη.' : n === 1 ? '1 άτομο περιμένει.' : `${n} άτομα περιμένουν.`),
  hereAlready: 'Ποιοι ήρθαν ήδη',
  inLesson: 'Μέσα στο μάθημα',
  peopleInside: (n) => (n === 0 ? 'Κανένας μαθητής δεν είναι μέσα.' : n === 1 ? '1 άτομο είναι μέσα.' : `${n} άτομα είναι μέσα.`),
  atTheDoor: (n) => (n === 1 ? '1 ακόμη στέκεται στην πόρτα ώσπου να ανοίξετε.' : `${n} ακόμη στέκονται στην πόρτα ώσπου να ανοίξετε.`),
  andMore: (n) => `και άλλοι ${n}`,
  startLesson: 'Έναρξη μαθήματος',
  joinAgain: 'Συνέχεια του μαθήματος',
  tryAgain: 'Δοκιμή ξανά',
  withoutCamera: 'Συνέχεια χωρίς κάμερα',
  level: 'Πόσο δυνατά σας ακούει η τάξη',
};

export const catalogues = { en, el };
export const texts = catalogue(catalogues, (ar) => ar.greenRoom);
