/** Texts of a request that the platform hands to a shell: a document lets nothing stand there that a shell takes apart. */
import { z } from 'zod';

/** Such a text, which is a command: an empty one is none. */
export const shellCommand = z.string().min(1).meta({ isShell: true });

/** Such a text. */
export const shellText = z.string().meta({ isShell: true });
