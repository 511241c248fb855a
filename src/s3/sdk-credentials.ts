import type { AwsConfig } from "./aws-config.ts";
import type { ExpiringCredentials } from "./credentials-cache.ts";

/** Gives credentials that are valid now; whoever asks keeps them until shortly before their end. */
export type CredentialsProvider = () => Promise<ExpiringCredentials>;

/** The ways to credentials that are the AWS SDK's: those that ask a service or run a program. */
export interface SdkCredentials {
  /** A profile of the AWS CLI's files: roles, SSO, login, web identity, a program. */
  profile(name: string): CredentialsProvider;
  /** The role of a Kubernetes service account: AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN. */
  webIdentity(): CredentialsProvider;
  /** The role of an ECS task or EKS pod: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or …_FULL_URI. */
  container(): CredentialsProvider;
  /** The role of an EC2 instance, from its metadata service. */
  instance(): CredentialsProvider;
}

/**
 * How long to wait for one answer of a metadata service, in ms, and how often to ask. An instance
 * answers in a few ms, but many tasks that start at once overload the service of their machine; a
 * machine that is no instance never answers, and that is known after at most `attempts` waits of
 * each of the two protocol versions.
 */
const metadata = { timeoutMs: 1000, attempts: 3 };

/**
 * Resolves credentials with `@aws-sdk/credential-providers`, which is loaded when it is first
 * asked: loading it takes longer than a list request. Paths and region are passed on; the rest of
 * the environment the SDK reads for itself.
 */
export function sdkCredentials(
  env: NodeJS.ProcessEnv,
  aws: Pick<AwsConfig, "configPath" | "credentialsPath">,
  region: string | undefined,
): SdkCredentials {
  const load = () => import("@aws-sdk/credential-providers");
  const clientConfig = region === undefined ? {} : { clientConfig: { region } };
  const timeout = 1000 * wholeNumber(env.AWS_METADATA_SERVICE_TIMEOUT, metadata.timeoutMs / 1000);
  const maxRetries = wholeNumber(env.AWS_METADATA_SERVICE_NUM_ATTEMPTS, metadata.attempts) - 1;

  /** Makes the SDK's provider once, for some keep what they learned between calls. */
  const lazily = (make: (sdk: Awaited<ReturnType<typeof load>>) => CredentialsProvider) => {
    let made: Promise<CredentialsProvider> | undefined;
    return async () => {
      made ??= load().then(make);
      const provider = await made;
      return provider();
    };
  };

  return {
    profile: (name) =>
      lazily(({ fromIni }) =>
        fromIni({
          profile: name,
          filepath: aws.credentialsPath,
          configFilepath: aws.configPath,
          // Without this a run of days would keep the files as they were at its start.
          ignoreCache: true,
          ...clientConfig,
        }),
      ),
    webIdentity: () => lazily(({ fromTokenFile }) => fromTokenFile(clientConfig)),
    container: () =>
      lazily(({ fromHttp, fromContainerMetadata }) =>
        // The older provider knows no token file, the newer one no credentials on another
        // link-local address.
        firstOf(fromHttp({ timeout, maxRetries }), fromContainerMetadata({ timeout, maxRetries })),
      ),
    instance: () =>
      lazily(({ fromInstanceMetadata }) => fromInstanceMetadata({ timeout, maxRetries })),
  };
}

function firstOf(first: CredentialsProvider, second: CredentialsProvider): CredentialsProvider {
  return async () => {
    try {
      return await first();
    } catch (error) {
      return second().catch(() => {
        throw error;
      });
    }
  };
}

function wholeNumber(text: string | undefined, otherwise: number): number {
  return text !== undefined && /^[1-9]\d{0,2}$/.test(text) ? Number(text) : otherwise;
}
