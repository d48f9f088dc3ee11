// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.DeleteOutcome;
import io.kmesh.spi.store.DeleteTarget;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Error;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Deletes: plain ones in one request, one alone and those under a condition each by itself, as are
 * keys that XML can't hold.
 */
final class S3Deletes {
  private final S3Context context;

  S3Deletes(S3Context context) {
    this.context = context;
  }

  CompletableFuture<List<DeleteOutcome>> delete(List<DeleteTarget> targets) {
    Deed deed = Deed.write("delete", targets.size() + " keys");
    return context.calls.call(
        deed, () -> context.checks.deleteBatch(targets.size()), () -> send(deed, targets));
  }

  private CompletableFuture<List<DeleteOutcome>> send(Deed deed, List<DeleteTarget> targets) {
    List<CompletableFuture<DeleteOutcome>> outcomes = new ArrayList<>();
    Map<Integer, String> batch = new HashMap<>();
    for (int i = 0; i < targets.size(); i++) {
      DeleteTarget target = targets.get(i);
      boolean isPlain = target.condition() == Condition.none() && fitsXml(target.key());
      try {
        context.checks.key("delete", target.key());
        context.checks.deleteCondition(target.key(), target.condition());
        if (isPlain && targets.size() > 1) {
          batch.put(i, target.key());
          outcomes.add(new CompletableFuture<>());
        } else {
          outcomes.add(single(target));
        }
      } catch (ProviderException e) {
        outcomes.add(CompletableFuture.completedFuture(outcome(target.key(), e)));
      }
    }
    if (!batch.isEmpty()) {
      CompletableFuture<?> unused =
          batch(deed, List.copyOf(batch.values()))
              .whenComplete(
                  (failed, failure) ->
                      batch.forEach(
                          (i, key) -> {
                            if (failure == null) {
                              outcomes
                                  .get(i)
                                  .complete(failed.getOrDefault(key, DeleteOutcome.deleted(key)));
                            } else {
                              outcomes.get(i).completeExceptionally(S3Calls.cause(failure));
                            }
                          }));
    }
    return CompletableFuture.allOf(outcomes.toArray(CompletableFuture[]::new))
        .thenApply(done -> outcomes.stream().map(CompletableFuture::join).toList());
  }

  private CompletableFuture<DeleteOutcome> single(DeleteTarget target) {
    String key = target.key();
    Deed deed = Deed.write("delete", key);
    return context
        .calls
        .send(
            deed,
            () ->
                context
                    .rest()
                    .deleteObject(
                        r ->
                            r.bucket(context.bucket)
                                .key(key)
                                .ifMatch(S3Context.ifMatch(target.condition()))
                                .requestPayer(context.payer())))
        .handle(
            (reply, failure) ->
                failure == null ? DeleteOutcome.deleted(key) : failed(key, failure));
  }

  private static DeleteOutcome failed(String key, Throwable failure) {
    Throwable cause = S3Calls.cause(failure);
    if (cause instanceof ProviderException e) {
      return e.kind() == ErrorKind.NOT_FOUND ? DeleteOutcome.deleted(key) : outcome(key, e);
    }
    return new DeleteOutcome(key, ErrorKind.UNKNOWN_OUTCOME, String.valueOf(cause.getMessage()));
  }

  private static DeleteOutcome outcome(String key, ProviderException e) {
    return new DeleteOutcome(key, e.kind(), String.valueOf(e.getMessage()));
  }

  /** Deletes keys in one request; gives those that it did not delete. */
  private CompletableFuture<Map<String, DeleteOutcome>> batch(Deed deed, List<String> keys) {
    List<ObjectIdentifier> ids =
        keys.stream().distinct().map(k -> ObjectIdentifier.builder().key(k).build()).toList();
    return context
        .calls
        .send(
            deed,
            () ->
                context
                    .rest()
                    .deleteObjects(
                        r ->
                            r.bucket(context.bucket)
                                .requestPayer(context.payer())
                                .delete(d -> d.quiet(true).objects(ids))))
        .thenApply(this::failures);
  }

  private Map<String, DeleteOutcome> failures(DeleteObjectsResponse reply) {
    Map<String, DeleteOutcome> failed = new HashMap<>();
    for (S3Error error : reply.errors()) {
      AwsErrorDetails details =
          AwsErrorDetails.builder()
              .errorCode(error.code())
              .errorMessage(error.message())
              .sdkHttpResponse(reply.sdkHttpResponse())
              .build();
      S3Exception.Builder told = S3Exception.builder();
      told.requestId(reply.sdkHttpResponse().firstMatchingHeader("x-amz-request-id").orElse(null));
      told.awsErrorDetails(details);
      ProviderException e = context.errors.of(Deed.write("delete", error.key()), told.build());
      if (e.kind() != ErrorKind.NOT_FOUND) {
        failed.put(error.key(), outcome(error.key(), e));
      }
    }
    return failed;
  }

  /** Whether XML 1.0 holds a key and gives it back unchanged. */
  static boolean fitsXml(String key) {
    return key.codePoints().allMatch(c -> c >= ' ' && c != 0xfffe && c != 0xffff);
  }
}
