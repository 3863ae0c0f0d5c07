/**
 * What looks like a credential, whoever’s it is.
 *
 * Every expression begins with something fixed and repeats a class of characters only where nothing behind it could take
 * the same ones, or as often as it says: the time is that of the length of the text.
 */
import { masked } from './masked.js';

/** A character written out, as in JSON, `repr`, a URL or syslog: the word behind it begins behind its last one. */
const writtenOut = String.raw`\\[0abefnrtv]|[\\#][0-7]{3}|\\x[\dA-Fa-f]{2}|\\u[\dA-Fa-f]{4}|%[\dA-Fa-f]{2}`;
/** Where a word may begin that has none of these before it. */
const notBehind = (characters: string): string => `(?:(?<![${characters}])|(?<=${writtenOut}))`;

/** Tokens that are known by how they begin. */
const tokens = [
  '(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}', // AWS: access keys
  '(?:IQoJb3JpZ2lu|FwoGZXIvYXdz|FQoGZXIvYXdz)[A-Za-z0-9/+=]{20,}', // AWS: session tokens
  'AIza[\\w-]{35}', // Google: API keys
  'ya29\\.[\\w.-]{20,}', // Google: access tokens
  'GOCSPX-[\\w-]{20,}', // Google: client secrets
  '1//0[\\w-]{30,}', // Google: refresh tokens
  'gh[pousr]_[A-Za-z0-9]{20,}', // GitHub
  'github_pat_\\w{22,}',
  'gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat|oas|ffct)-[\\w-]{16,}', // GitLab
  'xox[a-z]-[A-Za-z0-9-]{10,}', // Slack
  'xapp-[A-Za-z0-9-]{10,}',
  'hf_[A-Za-z0-9]{20,}', // Hugging Face
  'api_org_[A-Za-z0-9]{20,}',
  'sk-[A-Za-z0-9][\\w-]{19,}', // OpenAI, Anthropic
  '[rs]k_(?:live|test)_[A-Za-z0-9]{10,}', // Stripe
  'npm_[A-Za-z0-9]{30,}',
  'pypi-[\\w-]{30,}',
  'dapi[0-9a-f]{32}', // Databricks
  'dckr_pat_[\\w-]{20,}', // Docker
  'SG\\.[\\w-]{16,32}\\.[\\w-]{16,64}', // SendGrid
  'hv[sb]\\.[\\w-]{20,}', // Vault
  'glsa_\\w{20,}', // Grafana
  'lh_[a-z0-9]{8,10}_[\\w-]{43}', // ours
  'whsec_[A-Za-z0-9+/=]{20,}',
  '[\\w~.]{3}\\dQ~[\\w~.-]{31,34}', // Azure: client secrets
  `${notBehind('\\w-')}eyJ[\\w-]{8,}\\.eyJ[\\w-]{4,}\\.[\\w-]*`, // JSON Web Tokens
  `${notBehind('\\w-')}eyJ[\\w-]{8,}\\.[\\w-]*(?:\\.[\\w-]{8,}){3}`, // encrypted ones
];
const token = new RegExp(`${notBehind('A-Za-z0-9')}(?:${tokens.join('|')})`, 'g');

/** Nothing shorter looks like one. */
const shortest = 6;

/** Between the name of a secret and its value. */
const assigned = String.raw`\\?["']?\s{0,3}(?:=>|:=|[:=]|%3[ad]|\\u003[ad])\s{0,3}`;
/** What is masked, names where the secret is, or says that there is none. */
const harmlessValue = String.raw`(?!\[redacted\]|\$[{(]|(?:none|null|true|false|undefined|\*+)(?![^\s"'\\,;&)}\]]))`;
/** A value in quotation marks, which stay, or up to what ends one without. */
const value = String.raw`(?:(\\?")${harmlessValue}(?:[^"\\\n]|\\[^"\n])+|(\\?')${harmlessValue}(?:[^'\\\n]|\\[^'\n])+|${harmlessValue}[^\s"'\\,;&)}\]]+)`;
const names = [
  'passw(?:or)?d',
  'passphrase',
  'pwd(?!["\']?\\s{0,3}[:=]\\s{0,3}["\']?/)', // not the working directory
  'secret',
  'secret[_-]?(?:access[_-]?)?key',
  'client[_-]?secret',
  'private[_-]?key(?:[_-]?id)?',
  'access[_-]?key',
  'account[_-]?key',
  'shared[_-]?access[_-]?key',
  'api[_-]?key',
  'apikey',
  'signing[_-]?key',
  'encryption[_-]?key',
  '(?:access|auth|api|bearer|refresh|session|security|id|hf|github|gitlab|bot|deploy|personal|user|secret)[_-]?token',
];
const assignment = new RegExp(`((?:${names.join('|')})${assigned})${value}`, 'gi');
/** `token` alone is what language models count, and `auth` what has many meanings, so its value must look like one. */
const tokenAssignment = new RegExp(
  String.raw`(${notBehind('A-Za-z0-9')}(?:token|auth)${assigned}\\?["']?)(?=[\w.~+/=-]{0,200}\d)[\w.~+/=-]{16,}`,
  'gi',
);
const flag = /(--?(?:password|passwd|token|secret|api-?key|access-?key|secret-?key)\s{1,3})(?!-)[^\s]+/gi;
/** Headers that hold nothing else. */
const header = new RegExp(
  String.raw`(${notBehind('\\w')}(?:authorization|cookie)${assigned}\\?["']?)(?!\[redacted\])[^\s"'\\,][^"'\\\n,]*`,
  'gi',
);
const bearer = new RegExp(
  String.raw`(${notBehind('\\w')}(?:bearer|basic)(?:\s{1,3}|%20))(?=[\w.~+/=-]{0,2000}[\d=])[\w.~+/=-]{8,}`,
  'gi',
);
const signature =
  /([?&](?:sig|signature|x-amz-signature|x-amz-security-token|x-goog-signature)=)[^\s&"'<>]+/gi;
/** `scheme://user:password@host`, and a user that is a token. */
const userInfo = /(:\/\/[^\s/?#:@"'<>]{0,200}:)[^\s/?#"'<>]{1,500}(?=@)/g;
/** The same with a password that should have been encoded: what stands behind the colon is no port. */
const rawUserInfo = /(:\/\/[^\s/?#:@"'<>]{0,200}:)(?!\d{1,5}(?:[/?#]|$))[^\s@"'<>]{1,500}(?=@)/g;
const loneUser = /(:\/\/)[^\s/?#:@"'<>]{20,500}(?=@)/g;
const slackHook = /(hooks\.slack\.com\/(?:services|workflows|triggers)\/)[\w/-]+/g;

/** Forty characters of base64: a secret key of AWS beside no name. Eighty-six and `==`: a key of Azure. */
const bareSecret = new RegExp(
  `${notBehind('A-Za-z0-9+/=')}(?:[A-Za-z0-9+/]{40}|[A-Za-z0-9+/]{86}==)(?![A-Za-z0-9+/=])`,
  'g',
);
/** At the end of a line, exactly the width to which base64 is wrapped: of a key whose beginning is not there. */
const wrapped = /(?<!\S)(?:[A-Za-z0-9+/]{64}|[A-Za-z0-9+/]{70}|[A-Za-z0-9+/]{76})(?=\s*$)/;

const after = (_whole: string, before: string): string => `${before}${masked}`;
const afterQuote = (_whole: string, before: string, double?: string, single?: string): string =>
  `${before}${double ?? single ?? ''}${masked}`;

/** A line without what looks like a credential. */
export function maskCredentials(line: string): string {
  if (line.length < shortest) return line;
  return line
    .replace(wrapped, (found) => (isMixed(found) && !isPath(found) ? masked : found))
    .replace(token, masked)
    .replace(assignment, afterQuote)
    .replace(tokenAssignment, after)
    .replace(flag, after)
    .replace(header, after)
    .replace(bearer, after)
    .replace(signature, after)
    .replace(userInfo, after)
    .replace(rawUserInfo, after)
    .replace(loneUser, after)
    .replace(slackHook, after)
    .replace(bareSecret, (found) => (isMixed(found) && !isPath(found) ? masked : found));
}

/** Random base64 of this length has all three; a hash in hexadecimal and a word have not. */
const isMixed = (text: string): boolean => /[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text);

const isPath = (text: string): boolean => text.split('/').length > 5;
