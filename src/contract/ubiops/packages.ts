/** What is uploaded: a package of files, or the name of what has one already. */
import { z } from 'zod';
import { FilePart } from '../file-part.js';

/** A package for an environment: its file, or the environment whose file is copied. */
export const EnvironmentPackage = z
  .strictObject({ file: FilePart.optional(), source_environment: z.string().min(1).optional() })
  .refine(({ file, source_environment }) => (file === undefined) !== (source_environment === undefined), {
    error: 'needs exactly one of `file` and `source_environment`',
  });

/** The same of a tag: a tag is copied from a tag. */
export const TagPackage = z
  .strictObject({
    file: FilePart.optional(),
    source_environment: z.string().min(1).optional(),
    source_tag: z.string().min(1).optional(),
  })
  .refine(
    ({ file, source_environment, source_tag }) =>
      file === undefined
        ? source_environment !== undefined && source_tag !== undefined
        : source_environment === undefined && source_tag === undefined,
    { error: 'needs either `file`, or `source_environment` with `source_tag`' },
  );

/** A package for a version of a deployment: its file, the version whose file is copied, or a template. */
export const DeploymentPackage = z
  .strictObject({
    file: FilePart.optional(),
    source_deployment: z.string().min(1).optional(),
    source_version: z.string().min(1).optional(),
    template_deployment_id: z.string().min(1).optional(),
  })
  .refine(
    ({ file, source_deployment, source_version, template_deployment_id }) =>
      (source_deployment === undefined) === (source_version === undefined) &&
      [file, source_deployment, template_deployment_id].filter((one) => one !== undefined).length === 1,
    {
      error:
        'needs exactly one of `file`, `source_deployment` with `source_version`, and `template_deployment_id`',
    },
  );
