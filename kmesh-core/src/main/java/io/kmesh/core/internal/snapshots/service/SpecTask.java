// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.core.internal.endpoints.Endpoints;
import io.kmesh.core.internal.hsm.JobContext;
import io.kmesh.core.internal.hsm.LongTask;
import io.kmesh.core.internal.hsm.ReportJson;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.time.DateTimeException;
import java.util.List;
import java.util.function.Predicate;

/**
 * Something that lasts and needs a repository and an endpoint. It waits in a process that was not
 * told of the repository or did not attach the cluster.
 *
 * @param <S> the type of its specification
 * @param <T> the type of its result
 */
abstract class SpecTask<S, T> implements LongTask<T> {
  final SnapshotParts parts;
  private final String type;
  private final ReportCodec<T> codec;

  SpecTask(SnapshotParts parts, String type, ReportCodec<T> codec) {
    this.parts = parts;
    this.type = type;
    this.codec = codec;
  }

  /** Reads the specification; IllegalArgumentException or DateTimeException when it is none. */
  abstract S read(ObjectNode json);

  abstract Endpoint endpoint(S spec);

  /** All endpoints that it needs. */
  List<Endpoint> endpoints(S spec) {
    return List.of(endpoint(spec));
  }

  abstract T run(S spec, ObjectNode json, JobContext context) throws IOException;

  @Override
  public final String type() {
    return type;
  }

  @Override
  public final Class<T> resultType() {
    return codec.type();
  }

  @Override
  public final boolean isReady(ObjectNode json, Predicate<String> isAttached) {
    S spec;
    try {
      spec = read(json);
    } catch (IllegalArgumentException | DateTimeException e) {
      return true; // its run says what is wrong with it
    }
    return parts.repositories().isKnown(json.path("repository").asText())
        && endpoints(spec).stream()
            .flatMap(endpoint -> Endpoints.cluster(endpoint).stream())
            .allMatch(isAttached);
  }

  @Override
  public final T run(ObjectNode json, JobContext context) throws IOException {
    ReportJson.checked(json);
    S spec;
    try {
      spec = read(json);
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot read what an operation was asked: " + e.getMessage() + ". Start it anew.",
          e);
    }
    return run(spec, json, context);
  }

  @Override
  public final ObjectNode encode(T result) {
    return codec.encode(result);
  }

  @Override
  public final T decode(ObjectNode json) throws IOException {
    return codec.decode(json);
  }
}
