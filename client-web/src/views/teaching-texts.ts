// The texts of who teaches a lesson.
import { computed } from '@preact/signals';
import { catalogue, type Strings, strings } from '../strings';
import { type LessonTexts, lessonTexts } from './lesson-texts';

const en = {
  deviceNotAllowed: 'The browser does not let us use your camera or microphone. Allow them beside the address, then try again.',
  deviceNotFound: 'No camera or microphone was found. Plug one in, then try again.',
  deviceInUse: 'Another program uses your camera or microphone. Close it, then try again.',
  deviceNotSupported: 'This browser cannot use a camera or microphone here. The page must be opened over https.',
  microphoneOff: 'Unmute microphone',
  microphoneMute: 'Mute microphone',
  cameraOff: 'Camera off',
  cameraOn: 'Camera on',
  shareScreen: 'Share screen',
  stopSharing: 'Stop sharing',
  shareRefused: 'The screen was not shared.',
  endLesson: 'End the lesson',
  endAsk: 'End the lesson for everybody?',
  endYes: 'End for everybody',
  cancel: 'Cancel',
  invite: 'Invite guests',
  linkCopied: 'The guest link is copied.',
  guestLink: 'Guest link',
  heard: 'You are heard and seen.',
  heardOnly: 'You are heard.',
  muted: 'Your microphone is off.',
  microphoneGone: 'Your microphone was unplugged: nobody hears you.',
  cameraGone: 'Your camera was unplugged: you are heard, not seen.',
  plugAnother: 'Plug in another one; it will be offered here.',
  useDevice: (name: string) => `Use ${name}`,
  publishing: 'Connecting you to the class …',
  takenTitle: 'Somebody else is teaching this lesson now',
  takeOver: 'Take over',
  endFailed: 'The lesson could not be ended: ',
};
export type TeachingTexts = typeof en;

const el: TeachingTexts = {
  deviceNotAllowed: 'Ο περιηγητής δεν επιτρέπει κάμερα ή μικρόφωνο. Επιτρέψτε τα δίπλα στη διεύθυνση και δοκιμάστε ξανά.',
  deviceNotFound: 'Δεν βρέθηκε κάμερα ή μικρόφωνο. Συνδέστε ένα και δοκιμάστε ξανά.',
  deviceInUse: 'Άλλο πρόγραμμα χρησιμοποιεί την κάμερα ή το μικρόφωνο. Κλείστε το και δοκιμάστε ξανά.',
  deviceNotSupported: 'Ο περιηγητής δεν μπορεί να χρησιμοποιήσει εδώ κάμερα ή μικρόφωνο. Η σελίδα πρέπει να ανοίξει με https.',
  microphoneOff: 'Άνοιγμα μικροφώνου',
  microphoneMute: 'Σίγαση μικροφώνου',
  cameraOff: 'Κλείσιμο κάμερας',
  cameraOn: 'Άνοιγμα κάμερας',
  shareScreen: 'Κοινή χρήση οθόνης',
  stopSharing: 'Τέλος κοινής χρήσης',
  shareRefused: 'Η οθόνη δεν κοινοποιήθηκε.',
  endLesson: 'Τέλος μαθήματος',
  endAsk: 'Να τελειώσει το μάθημα για όλους;',
  endYes: 'Τέλος για όλους',
  cancel: 'Ακύρωση',
  invite: 'Πρόσκληση επισκεπτών',
  linkCopied: 'Ο σύνδεσμος αντιγράφηκε.',
  guestLink: 'Σύνδεσμος επισκεπτών',
  heard: 'Σας ακούν και σας βλέπουν.',
  heardOnly: 'Σας ακούν.',
  muted: 'Το μικρόφωνό σας είναι κλειστό.',
  microphoneGone: 'Το μικρόφωνό σας αποσυνδέθηκε: δεν σας ακούει κανείς.',
  cameraGone: 'Η κάμερά σας αποσυνδέθηκε: σας ακούν, δεν σας βλέπουν.',
  plugAnother: 'Συνδέστε ένα άλλο· θα προταθεί εδώ.',
  useDevice: (name) => `Χρήση: ${name}`,
  publishing: 'Σύνδεση με την τάξη …',
  takenTitle: 'Κάποιος άλλος διδάσκει τώρα αυτό το μάθημα',
  takeOver: 'Ανάληψη',
  endFailed: 'Το μάθημα δεν τελείωσε: ',
};

export const catalogues = { en, el };
const own = catalogue(catalogues, (arabic) => arabic.teaching);

// With all that stands on the page around them.
export type TeachersTexts = Strings & LessonTexts & TeachingTexts;
export const teachersTexts = computed((): TeachersTexts => ({ ...strings.value, ...lessonTexts.value, ...own.value }));
