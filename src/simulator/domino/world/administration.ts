/** What exists on the simulated platform beside projects and models: whom, with what, and what it is booked on. */
/** Who may use something. */
export interface Access {
  readonly isEveryone: boolean;
  readonly userAndOrganizationIds: readonly string[];
}

/** A data source. Its secret credentials are kept by no one: nothing ever shows them. */
export interface DataSource {
  readonly id: string;
  readonly name: string;
  readonly description: string | undefined;
  readonly dataSourceType: string;
  readonly authType: string;
  readonly credentialType: 'Individual' | 'Shared';
  readonly config: Readonly<Record<string, string>>;
  readonly ownerId: string;
  readonly ownerUsername: string;
  readonly permissions: Access;
  readonly updatedAt: number;
}

/** What was done with a data source or an endpoint of the gateway. */
export interface Deed {
  readonly at: number;
  readonly eventKind: string;
  /** The id of a user. */
  readonly performedBy: string;
}

/** What was done with a data source. */
export interface DataSourceDeed extends Deed {
  readonly dataSource: Pick<DataSource, 'id' | 'name' | 'dataSourceType'>;
}

/** An endpoint of the gateway. The key of its provider is kept by no one: nothing ever shows it. */
export interface GatewayEndpoint {
  readonly id: string;
  readonly name: string;
  readonly provider: string;
  readonly model: string;
  readonly ownerId: string;
  readonly permissions: { readonly isEveryoneAllowed: boolean; readonly userIds: readonly string[] };
}

/** What was done with an endpoint of the gateway. */
export interface GatewayDeed extends Deed {
  readonly endpointName: string;
}

/** An organization. */
export interface Organization {
  readonly id: string;
  readonly name: string;
  /** The role of each member, by the id of the user. */
  readonly members: Map<string, 'member' | 'admin'>;
}

/** A service account. */
export interface ServiceAccount {
  readonly id: string;
  readonly idpId: string;
  readonly username: string;
  readonly email: string;
  /** By name. Their values are kept by no one. */
  readonly tokens: Map<
    string,
    { readonly name: string; readonly createdAt: number; readonly expiresAt: number }
  >;
}

/** What a configuration holds. */
export type Configuration = Readonly<Record<string, unknown>>;

/** A size in which models are deployed on a target. */
export interface ResourceConfiguration {
  readonly id: string;
  readonly name: string;
  readonly description: string | undefined;
  readonly configuration: Configuration;
  readonly modifiedAt: number;
}

/** A deployment target. */
export interface DeploymentTarget {
  readonly id: string;
  readonly typeId: string;
  readonly name: string;
  readonly configuration: Configuration;
  readonly isGloballyAccessible: boolean;
  readonly userAndOrganizationIds: readonly string[];
  readonly defaultResourceId: string | undefined;
  readonly resources: ReadonlyMap<string, ResourceConfiguration>;
  readonly modifiedAt: number;
}

/** One entry of the audit trail. */
export interface AuditEvent {
  readonly id: string;
  readonly at: number;
  readonly eventType: string;
  readonly actor: { readonly id: string; readonly name: string };
  /** What kind of thing it is, as the ledger names it. */
  readonly target: { readonly type: string; readonly id: string };
}

/** All of it. Lists of deeds and events are oldest first. */
export interface Administration {
  readonly dataSources: Map<string, DataSource>;
  readonly dataSourceDeeds: DataSourceDeed[];
  /** By name. */
  readonly gatewayEndpoints: Map<string, GatewayEndpoint>;
  readonly gatewayDeeds: GatewayDeed[];
  readonly organizations: Map<string, Organization>;
  readonly serviceAccounts: Map<string, ServiceAccount>;
  readonly deploymentTargets: Map<string, DeploymentTarget>;
  /** By name. */
  readonly billingTags: Map<string, { readonly active: boolean }>;
  /** The name of a billing tag, by the id of a project. */
  readonly billingTagOf: Map<string, string>;
  readonly billing: { mode: 'Disabled' | 'Optional' | 'Required' };
  readonly auditEvents: AuditEvent[];
}

/** Nothing of it, as a new deployment has it. */
export const createAdministration = (): Administration => ({
  dataSources: new Map(),
  dataSourceDeeds: [],
  gatewayEndpoints: new Map(),
  gatewayDeeds: [],
  organizations: new Map(),
  serviceAccounts: new Map(),
  deploymentTargets: new Map(),
  billingTags: new Map(),
  billingTagOf: new Map(),
  billing: { mode: 'Optional' },
  auditEvents: [],
});
