// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.core.internal.endpoints.Endpoints;
import io.kmesh.core.internal.hsm.JobContext;
import io.kmesh.core.internal.hsm.LongTask;
import io.kmesh.core.internal.hsm.ReportJson;
import io.kmesh.core.internal.repositories.NamedRepositories;
import io.kmesh.core.internal.repositories.OpenedRepository;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Something that lasts and needs one repository, which its specification names as {@code
 * repository}, and perhaps a cluster. It waits in a process that was not told of that repository,
 * or did not attach the cluster.
 *
 * @param <T> the type of its result
 */
final class RepositoryTask<T> implements LongTask<T> {
  private final NamedRepositories repositories;
  private final String type;
  private final ReportCodec<T> codec;
  private final Work<T> work;
  private final Function<ObjectNode, Optional<Endpoint>> endpoint;

  /** What is done. */
  @FunctionalInterface
  interface Work<T> {
    T run(OpenedRepository repository, ObjectNode spec, JobContext context) throws IOException;
  }

  RepositoryTask(NamedRepositories repositories, String type, ReportCodec<T> codec, Work<T> work) {
    this(repositories, type, codec, work, spec -> Optional.empty());
  }

  /**
   * One that needs an endpoint.
   *
   * @param endpoint finds it in a specification; IllegalArgumentException when that has none
   */
  RepositoryTask(
      NamedRepositories repositories,
      String type,
      ReportCodec<T> codec,
      Work<T> work,
      Function<ObjectNode, Optional<Endpoint>> endpoint) {
    this.repositories = repositories;
    this.type = type;
    this.codec = codec;
    this.work = work;
    this.endpoint = endpoint;
  }

  static ObjectNode spec(String repository) {
    return ReportJson.object().put("repository", repository);
  }

  @Override
  public String type() {
    return type;
  }

  @Override
  public Class<T> resultType() {
    return codec.type();
  }

  @Override
  public boolean isReady(ObjectNode spec, Predicate<String> isAttached) {
    if (!repositories.isKnown(spec.path("repository").asText())) {
      return false;
    }
    try {
      return endpoint.apply(spec).flatMap(Endpoints::cluster).map(isAttached::test).orElse(true);
    } catch (IllegalArgumentException e) {
      return true; // its run says what is wrong with it
    }
  }

  @Override
  public T run(ObjectNode spec, JobContext context) throws IOException {
    JsonNode checked = ReportJson.checked(spec);
    return work.run(repositories.open(checked.path("repository").asText()), spec, context);
  }

  @Override
  public ObjectNode encode(T result) {
    return codec.encode(result);
  }

  @Override
  public T decode(ObjectNode json) throws IOException {
    return codec.decode(json);
  }
}
