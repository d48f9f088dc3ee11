// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.flows.control.Question;
import io.kmesh.path.PathBytes;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;

/** An end of several masters at another site, by questions. Thread-safe. */
record RemoteMaster(RemoteEnd end) implements MasterEnd {
  private static ObjectNode body() {
    return JsonNodeFactory.instance.objectNode();
  }

  /** The question about a path. */
  static ObjectNode path(PathBytes path) {
    return body().put("path", HexFormat.of().formatHex(path.toBytes()));
  }

  @Override
  public CompletableFuture<Void> barrier(PathBytes path) {
    return end.ask(Question.BARRIER, path(path));
  }

  @Override
  public CompletableFuture<Long> place() {
    return end.ask(Question.PLACE, body(), MasterJson::readPlace);
  }

  @Override
  public CompletableFuture<ConflictPage> conflicts(String from, int most) {
    return end.ask(
        Question.CONFLICTS, body().put("from", from).put("most", most), MasterJson::readPage);
  }

  @Override
  public CompletableFuture<ConflictPage> find(String id) {
    return end.ask(Question.CONFLICTS, body().put("id", id), MasterJson::readPage);
  }

  @Override
  public CompletableFuture<Void> resolve(String id, Resolution how) {
    return end.ask(Question.RESOLVE, body().put("id", id).put("how", how.name()));
  }
}
