// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.Arrays;

/** The bytes of control messages: docs/format/flow-control.md, version 0. Stateless. */
final class ControlCodec {
  /** The first byte of each; messages of the engine begin with others. */
  static final int MARK = 0xc0;

  private static final int FORMAT = 0;
  private static final int ASK = 1;
  private static final int ANSWER = 2;
  private static final String DEFECT = "defect";
  private static final int FAILURE = 3;

  private ControlCodec() {}

  static boolean isControl(byte[] message) {
    return message.length > 0 && (message[0] & 0xff) == MARK;
  }

  static byte[] encode(ControlMessage message) {
    ByteOutput out = new ByteOutput(256);
    out.u8(MARK);
    out.u8(FORMAT);
    if (message instanceof ControlMessage.Ask ask) {
      out.u8(ASK);
      out.varint(ask.id());
      out.u8(ask.question().number);
      body(ask.body(), out);
    } else if (message instanceof ControlMessage.Answer answer) {
      out.u8(ANSWER);
      out.varint(answer.id());
      body(answer.body(), out);
    } else if (message instanceof ControlMessage.Failure failure) {
      out.u8(FAILURE);
      out.varint(failure.id());
      ObjectNode body =
          JsonNodeFactory.instance
              .objectNode()
              .put("kind", failure.kind().name())
              .put("message", failure.message());
      body(failure.isDefect() ? body.put(DEFECT, true) : body, out);
    }
    return out.toBytes();
  }

  private static void body(ObjectNode json, ByteOutput out) {
    byte[] bytes = SpecJson.encode(json);
    out.raw(bytes, 0, bytes.length);
  }

  /**
   * Decodes a message.
   *
   * @throws ProviderException CORRUPT when it is none; UNSUPPORTED when the other side is of
   *     another age
   */
  static ControlMessage decode(byte[] bytes) throws IOException {
    ByteInput in = new ByteInput(bytes, "a control message of a flow");
    if (in.u8() != MARK) {
      throw in.damaged("the mark is wrong");
    }
    int format = in.u8();
    if (format != FORMAT) {
      throw newer("format " + format);
    }
    int type = in.u8();
    long id = in.varint(Long.MAX_VALUE, "a number");
    return switch (type) {
      case ASK -> new ControlMessage.Ask(id, question(in.u8()), body(bytes, in));
      case ANSWER -> new ControlMessage.Answer(id, body(bytes, in));
      case FAILURE -> failure(id, body(bytes, in), in);
      default -> throw in.damaged("type " + type + " is not known");
    };
  }

  private static ControlMessage failure(long id, ObjectNode json, ByteInput in)
      throws ProviderException {
    String message = json.path("message").asText("");
    for (ErrorKind kind : ErrorKind.values()) {
      if (kind.name().equals(json.path("kind").asText())) {
        return new ControlMessage.Failure(id, kind, message, json.path(DEFECT).asBoolean());
      }
    }
    throw in.damaged("a failure of kind " + json.path("kind").asText());
  }

  private static Question question(int number) throws ProviderException {
    for (Question question : Question.values()) {
      if (question.number == number) {
        return question;
      }
    }
    throw newer("question " + number);
  }

  private static ProviderException newer(String what) {
    return new ProviderException(
        ErrorKind.UNSUPPORTED,
        "Cannot read a control message of a flow: "
            + what
            + " is not known here. The other site runs another build; use the same at both.");
  }

  private static ObjectNode body(byte[] bytes, ByteInput in) throws IOException {
    JsonNode json;
    try {
      json = SpecJson.tree(Arrays.copyOfRange(bytes, in.position(), bytes.length));
    } catch (IOException | IllegalArgumentException e) {
      throw in.damaged("its body is no JSON: " + e.getMessage());
    }
    if (json instanceof ObjectNode object) {
      return object;
    }
    throw in.damaged("its body is no JSON object");
  }
}
