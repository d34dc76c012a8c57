// What is said at the door of a lesson.
import { catalogue } from '../strings';

const en = {
  lobby: { title: 'The teacher will let you in', text: 'Stay here: the lesson opens by itself as soon as she does.' },
  removed: { title: 'You are no longer in this lesson', text: 'The teacher has shown you out of it.' },
  'turned-away': { title: 'You were not let in', text: 'The teacher has not let you into this lesson. Ask her in another way if that is a mistake.' },
  'only-enrolled': { title: 'This lesson is for its class', text: 'Guests do not come in. If you are in the class, enter from your home page or with your own link.' },
  locked: { title: 'The lesson is closed to newcomers just now', text: 'Stay here: you are let in when the teacher opens it.' },
  early: 'The lesson has not started yet.',
  nameTaken: 'Somebody in this class has the name that you gave. The teacher sees that you are a guest.',
  waited: (time: string) => `You have waited for ${time}.`,
};
export type DoorTexts = typeof en;

const el: DoorTexts = {
  lobby: { title: 'Ο εκπαιδευτικός θα σας ανοίξει', text: 'Μείνετε εδώ: τότε το μάθημα ανοίγει μόνο του.' },
  removed: { title: 'Δεν είστε πια σε αυτό το μάθημα', text: 'Ο εκπαιδευτικός σάς έβγαλε από το μάθημα.' },
  'turned-away': { title: 'Δεν μπήκατε στο μάθημα', text: 'Ο εκπαιδευτικός δεν σας άνοιξε σε αυτό το μάθημα. Αν είναι λάθος, ρωτήστε τον με άλλον τρόπο.' },
  'only-enrolled': { title: 'Το μάθημα είναι για την τάξη του', text: 'Επισκέπτες δεν μπαίνουν. Αν είστε στην τάξη, μπείτε από την αρχική σας σελίδα ή με τον δικό σας σύνδεσμο.' },
  locked: { title: 'Το μάθημα δεν δέχεται άλλους αυτή τη στιγμή', text: 'Μείνετε εδώ: θα μπείτε μόλις ανοίξει.' },
  early: 'Το μάθημα δεν έχει αρχίσει ακόμη.',
  nameTaken: 'Κάποιος στην τάξη έχει το όνομα που δώσατε. Ο εκπαιδευτικός βλέπει ότι είστε επισκέπτης.',
  waited: (time) => `Περιμένετε ${time}.`,
};

export const catalogues = { en, el };
export const texts = catalogue(catalogues, (ar) => ar.door);
