// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.operations;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.OperationId;
import io.kmesh.OperationState;
import io.kmesh.Progress;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the journal knows of an operation. Immutable; JSON goes in and out as copies.
 *
 * @param id its id
 * @param type what it is, such as {@code hsm.archive}
 * @param owner the tenant; {@code ""} for the only one
 * @param state where it stands
 * @param isCancelRequested whether it was asked to stop
 * @param attempt how often it was begun; 0 before the first time
 * @param spec what was asked, in the type's own versioned form
 * @param progress how far it was when it was last written
 * @param resultOrNull its result, in the type's own versioned form
 * @param errorOrNull why it ended without one
 * @param created when it was accepted
 * @param updated when it was last written
 */
public record OperationRecord(
    OperationId id,
    String type,
    String owner,
    OperationState state,
    boolean isCancelRequested,
    int attempt,
    ObjectNode spec,
    Progress progress,
    @Nullable ObjectNode resultOrNull,
    @Nullable OperationError errorOrNull,
    Instant created,
    Instant updated) {
  /** Copies the JSON. */
  public OperationRecord {
    spec = spec.deepCopy();
    resultOrNull = resultOrNull == null ? null : resultOrNull.deepCopy();
  }

  /** What was asked. */
  @Override
  public ObjectNode spec() {
    return spec.deepCopy();
  }

  /** The result, when it succeeded. */
  public Optional<ObjectNode> result() {
    return Optional.ofNullable(resultOrNull).map(ObjectNode::deepCopy);
  }

  /** Why it ended without a result. */
  public Optional<OperationError> error() {
    return Optional.ofNullable(errorOrNull);
  }

  OperationRecord begun(Instant now) {
    return new OperationRecord(
        id,
        type,
        owner,
        OperationState.RUNNING,
        isCancelRequested,
        attempt + 1,
        spec,
        progress,
        null,
        null,
        created,
        now);
  }

  OperationRecord with(OperationState newState, Progress newProgress, Instant now) {
    return new OperationRecord(
        id,
        type,
        owner,
        newState,
        isCancelRequested,
        attempt,
        spec,
        newProgress,
        resultOrNull,
        errorOrNull,
        created,
        now);
  }

  OperationRecord cancelRequested(Instant now) {
    return new OperationRecord(
        id,
        type,
        owner,
        state,
        true,
        attempt,
        spec,
        progress,
        resultOrNull,
        errorOrNull,
        created,
        now);
  }

  OperationRecord succeeded(ObjectNode result, Progress newProgress, Instant now) {
    return new OperationRecord(
        id,
        type,
        owner,
        OperationState.SUCCEEDED,
        isCancelRequested,
        attempt,
        spec,
        newProgress,
        result,
        null,
        created,
        now);
  }

  OperationRecord ended(
      OperationState newState, OperationError error, Progress newProgress, Instant now) {
    return new OperationRecord(
        id,
        type,
        owner,
        newState,
        isCancelRequested,
        attempt,
        spec,
        newProgress,
        null,
        error,
        created,
        now);
  }
}
