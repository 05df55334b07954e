import type { GenerateRequest, GenerateResponseData } from "genkit";
import { simulateConstrainedGeneration } from "genkit/model";
import { genkitPluginV2, model } from "genkit/plugin";
import { awsRegion, awsUrl } from "../../shared/aws.ts";
import { baseUrlOf } from "../../shared/providers.ts";
import { converseAnswer } from "./bedrock/converse_answer.ts";
import { converseClient, type ConverseCredentials } from "./bedrock/converse_client.ts";
import { converseRequest, jsonMethod } from "./bedrock/converse_request.ts";
import { readConverseStream } from "./bedrock/converse_stream.ts";
import { bedrockFailure } from "./bedrock/bedrock_failure.ts";
import type { CreateProvider, ProviderOptions } from "./provider.ts";

/**
 * Amazon Bedrock through Converse, with a bearer token or with keys (which the main process gets
 * where the pod has a role). Models are `bedrock/<id>`, where the id is that of a model, of an
 * inference profile, or an ARN. `extraConfig`: `baseURL`, `region`, `guardrailConfig`.
 */
export const bedrock: CreateProvider = (options) => {
  const { region, extraConfig } = options;
  const where = awsRegion({ region, extraConfig });
  const client = converseClient({
    region: where,
    endpoint: baseUrlOf(extraConfig) ?? awsUrl("bedrock-runtime", where),
    credentials: credentialsOf(options),
  });
  // A guardrail of the operator is not the prompt author's to take off.
  const { guardrailConfig } = extraConfig;
  return genkitPluginV2({
    name: "bedrock",
    resolve: (actionType, name) =>
      actionType === "model" ? bedrockModel(name.replace(/^bedrock\//, "")) : undefined,
  });

  function bedrockModel(modelId: string) {
    return model(
      {
        name: `bedrock/${modelId}`,
        supports: {
          multiturn: true,
          media: true,
          tools: true,
          toolChoice: true,
          systemRole: true,
          constrained: "all",
          output: ["text", "json"],
        },
      },
      (request, { streamingRequested, sendChunk, abortSignal }) => {
        const run = async (request: GenerateRequest): Promise<GenerateResponseData> => {
          const { input, ...context } = converseRequest(modelId, request);
          const guarded = guardrailConfig === undefined
            ? input
            : { ...input, guardrailConfig: guardrailConfig as typeof input.guardrailConfig };
          try {
            if (!streamingRequested) {
              return converseAnswer(await client.converse(guarded as never, abortSignal), context);
            }
            const stream = await client.converseStream(guarded as never, abortSignal);
            return await readConverseStream(stream, context, (content) => {
              sendChunk({ index: 0, role: "model", content });
            });
          } catch (error) {
            throw bedrockFailure(error);
          }
        };
        return jsonMethod(modelId, request) === "prompt"
          ? simulateConstrainedGeneration()(request, (changed) => run(changed ?? request))
          : run(request);
      },
    );
  }
};

function credentialsOf({ credentials }: ProviderOptions): ConverseCredentials {
  const value = (key: string) => credentials[key]?.trim() || undefined;
  const bearer = value("AWS_BEARER_TOKEN_BEDROCK");
  if (bearer !== undefined) return { bearer };
  const accessKeyId = value("AWS_ACCESS_KEY_ID");
  const secretAccessKey = value("AWS_SECRET_ACCESS_KEY");
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new Error(
      'the provider "bedrock" needs the credentials AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, ' +
        "or AWS_BEARER_TOKEN_BEDROCK",
    );
  }
  const sessionToken = value("AWS_SESSION_TOKEN");
  return { accessKeyId, secretAccessKey, ...sessionToken !== undefined && { sessionToken } };
}
