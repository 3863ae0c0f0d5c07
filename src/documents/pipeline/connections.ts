/** The part of the configuration that documents name. */

/** What is known of it: whoever has a document checked says so. */
export interface Connections {
  /** The platform of a connection; `null` where there is none of this name. */
  platformOf(connection: string): string | null;
  /** Their names, where they can be told. */
  readonly connections?: readonly string[] | undefined;
  /** The methods that a service takes; `null` where there is none of this name. */
  methodsOf(service: string): readonly string[] | null;
  /** The names of services, where they can be told. */
  readonly services?: readonly string[] | undefined;
}
