import { Refusal } from "./errors.ts";
import type { Grant } from "./store.ts";

/**
 * Reads a bucket policy as far as this server honours it: Allow statements with principals, actions
 * and resources. Deny, Condition and the Not… elements are answered 501, since passing over them
 * would grant more than was written.
 */
export function parsePolicy(text: string, bucketName: string): readonly Grant[] {
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch {
    throw new Refusal("MalformedPolicy");
  }
  const statements = isRecord(policy) ? asList(policy["Statement"]) : [];
  if (statements.length === 0) throw malformed("Missing required field Statement");
  return statements.flatMap((statement) => readStatement(statement, bucketName));
}

function readStatement(statement: unknown, bucketName: string): Grant[] {
  if (!isRecord(statement)) throw malformed("Invalid policy syntax.");
  const known = ["Sid", "Effect", "Principal", "Action", "Resource"];
  const unknown = Object.keys(statement).find((name) => !known.includes(name));
  if (unknown !== undefined || statement["Effect"] !== "Allow") {
    throw new Refusal("NotImplemented", { details: { PolicyElement: unknown ?? "Effect" } });
  }
  const actions = asList(statement["Action"]).map(String);
  const grants: Grant[] = [];
  for (const principal of readPrincipals(statement["Principal"])) {
    for (const resource of asList(statement["Resource"]).map(String)) {
      grants.push({ principal, actions, resource: readResource(resource, bucketName) });
    }
  }
  if (actions.length === 0 || grants.length === 0) throw malformed("Invalid policy syntax.");
  return grants;
}

function readPrincipals(principal: unknown): string[] {
  if (principal === "*") return ["*"];
  if (!isRecord(principal)) throw malformed("Invalid principal in policy");
  return asList(principal["AWS"]).map((name) => {
    const account = /^arn:[^:]+:iam::(\d{12}):(?:root|user\/.+|role\/.+)$/.exec(String(name))?.[1];
    return account ?? String(name);
  });
}

function readResource(resource: string, bucketName: string): string {
  const name = resource.replace(/^arn:[^:]+:s3:::/, "");
  if (name === resource || (name !== bucketName && !name.startsWith(`${bucketName}/`))) {
    throw malformed("Policy has invalid resource");
  }
  return name;
}

function asList(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function malformed(message: string): Refusal {
  return new Refusal("MalformedPolicy", { message });
}
