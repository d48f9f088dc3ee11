// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.control;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.spi.ErrorKind;

/** A question about a flow, or its answer: docs/format/flow-control.md. */
sealed interface ControlMessage {
  /** The number that joins a question and its answer; the asking side counts. */
  long id();

  /** A question. */
  record Ask(long id, Question question, ObjectNode body) implements ControlMessage {}

  /** The answer to a question. */
  record Answer(long id, ObjectNode body) implements ControlMessage {}

  /**
   * Why a question has no answer.
   *
   * @param isDefect whether it is a failure that the other site's software does not know
   */
  record Failure(long id, ErrorKind kind, String message, boolean isDefect)
      implements ControlMessage {
    Failure(long id, ErrorKind kind, String message) {
      this(id, kind, message, false);
    }
  }
}
