// What the catalogues ask of a page, where there is none.
import { vi } from 'vitest';

vi.stubGlobal('navigator', { language: 'en-GB' });
vi.stubGlobal('document', { documentElement: {} });
