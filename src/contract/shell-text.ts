/** Texts of a request that the platform hands to a shell: a document lets nothing stand there that a shell takes apart. */
import { z } from 'zod';

/** Such a text. */
export const shellText = z.string().meta({ isShell: true });
