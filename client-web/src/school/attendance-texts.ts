// The texts of the attendance pages.
import { catalogue } from '../strings';

const en = {
  mine: 'My attendance',
  of: 'Attendance',
  lessons: 'Lessons',
  present: 'There',
  absent: 'Absent',
  late: 'Late',
  leftEarly: 'Left early',
  share: 'Of the time',
  name: 'Name',
  minutes: 'Minutes',
  spoken: 'Minutes spoken',
  ofMinutes: (some: number | string, all: number) => `${some} of ${all} min`,
  count: (n: number) => (n === 1 ? '1 lesson is over' : `${n} lessons are over`),
  none: 'No lesson is over yet.',
  from: 'From',
  until: 'Until',
  csv: 'Save as CSV',
  loading: 'One moment …',
  back: 'Back',
  running: 'runs now',
};
export type AttendanceTexts = typeof en;

const el: AttendanceTexts = {
  mine: 'Οι παρουσίες μου',
  of: 'Παρουσίες',
  lessons: 'Μαθήματα',
  present: 'Παρών',
  absent: 'Απών',
  late: 'Άργησε',
  leftEarly: 'Έφυγε νωρίς',
  share: 'Του χρόνου',
  name: 'Όνομα',
  minutes: 'Λεπτά',
  spoken: 'Λεπτά ομιλίας',
  ofMinutes: (some, all) => `${some} από ${all} λεπτά`,
  count: (n) => (n === 1 ? 'Τελείωσε 1 μάθημα' : `Τελείωσαν ${n} μαθήματα`),
  none: 'Κανένα μάθημα δεν τελείωσε ακόμη.',
  from: 'Από',
  until: 'Έως',
  csv: 'Αποθήκευση CSV',
  loading: 'Μια στιγμή …',
  back: 'Πίσω',
  running: 'γίνεται τώρα',
};

export const catalogues = { en, el };
export const texts = catalogue(catalogues, (ar) => ar.attendance);
