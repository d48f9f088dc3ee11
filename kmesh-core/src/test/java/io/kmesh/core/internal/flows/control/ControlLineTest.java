// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.KmeshException;
import io.kmesh.core.internal.flows.control.ControlLine.Reply;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Questions and answers, and their bytes: docs/format/flow-control.md. */
class ControlLineTest {
  private final List<byte[]> toServer = new ArrayList<>();
  private final List<byte[]> toClient = new ArrayList<>();
  private final List<CompletableFuture<Reply>> replies = new ArrayList<>();
  private final ControlLine client =
      new ControlLine(
          toServer::add, (q, body) -> CompletableFuture.failedFuture(new IOException("no")));
  private final ControlLine server =
      new ControlLine(
          toClient::add,
          (q, body) -> {
            CompletableFuture<Reply> reply = new CompletableFuture<>();
            replies.add(reply);
            return reply;
          });

  private static ObjectNode body() {
    return JsonNodeFactory.instance.objectNode();
  }

  @Test
  void messages_areTheGoldenVectors() {
    ObjectNode one = body().put("a", 1);
    assertThat(hex(new ControlMessage.Ask(1, Question.REST, body()))).isEqualTo("c0000101057b7d");
    assertThat(hex(new ControlMessage.Answer(300, one))).isEqualTo("c00002ac027b2261223a317d");
    assertThat(hex(new ControlMessage.Failure(2, ErrorKind.DENIED, "no")))
        .isEqualTo("c00003027b226b696e64223a2244454e494544222c226d657373616765223a226e6f227d");
    assertThat(hex(new ControlMessage.Failure(2, ErrorKind.INVALID, "no", true)))
        .isEqualTo(
            "c00003027b226b696e64223a22494e56414c4944222c226d657373616765223a226e6f22"
                + "2c22646566656374223a747275657d");
  }

  @Test
  void failureThatNobodyKnows_isToldAsADefect_andOthersByTheirKinds() throws Exception {
    assertTold(new IllegalStateException("odd"), ErrorKind.INVALID, "IllegalStateException: odd");
    assertTold(new AssertionError("odd"), ErrorKind.INVALID, "AssertionError: odd");
    assertTold(new KmeshException(ErrorKind.DENIED, "may not"), ErrorKind.DENIED, "may not");
    assertTold(
        new UncheckedIOException(new ProviderException(ErrorKind.NO_SPACE, "full")),
        ErrorKind.NO_SPACE,
        "full");
    assertTold(new IOException("cut"), ErrorKind.TRANSIENT, "cut");
    assertTold(new CancellationException("closing"), ErrorKind.TRANSIENT, "closing");
  }

  private void assertTold(Throwable failure, ErrorKind kind, String text) throws Exception {
    CompletableFuture<ObjectNode> answer = client.ask(Question.STATUS, body());
    server.received(toServer.get(toServer.size() - 1));
    replies.get(replies.size() - 1).completeExceptionally(failure);
    client.received(toClient.get(toClient.size() - 1));
    assertThatThrownBy(answer::get)
        .cause()
        .isInstanceOfSatisfying(
            ProviderException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(kind);
              assertThat(e).hasMessageContaining(text);
              assertThat(e instanceof DefectException).isEqualTo(kind == ErrorKind.INVALID);
            });
  }

  @Test
  void questionsAboutSeveralMasters_areTheGoldenVectors() throws IOException {
    assertAsked(Question.PLACE, body(), "c0000101097b7d");
    assertAsked(
        Question.CONFLICTS,
        body().put("from", "").put("most", 256),
        "c00001010a7b2266726f6d223a22222c226d6f7374223a3235367d");
    assertAsked(
        Question.RESOLVE,
        body().put("id", "0011223344556677").put("how", "TAKE_LOSER"),
        "c00001010b7b226964223a2230303131323233333434353536363737222c22686f77223a2254414b455f4c4f"
            + "534552227d");
  }

  @Test
  void questionsAboutCaches_areTheGoldenVectors() throws IOException {
    ObjectNode plain = body().put("format", 0);
    assertAsked(Question.HOSTED, plain, "c00001010f7b22666f726d6174223a307d");
    assertAsked(Question.UNHOST, plain, "c0000101107b22666f726d6174223a307d");
    assertAsked(
        Question.GIVEN,
        plain.put("from", 256),
        "c0000101137b22666f726d6174223a302c2266726f6d223a3235367d");
    assertAsked(
        Question.AUDIT,
        plain.put("from", 0),
        "c0000101147b22666f726d6174223a302c2266726f6d223a307d");
    assertThat(Question.HOST.isOfCaches()).isTrue();
    assertThat(Question.GRANTS.isOfCaches()).isFalse();
  }

  private static void assertAsked(Question question, ObjectNode body, String hex)
      throws IOException {
    ControlMessage ask = new ControlMessage.Ask(1, question, body);
    assertThat(hex(ask)).isEqualTo(hex);
    assertThat(ControlCodec.decode(HexFormat.of().parseHex(hex))).isEqualTo(ask);
  }

  @Test
  void questionOfALaterBuild_isRefusedByNumber() {
    assertThatThrownBy(() -> ControlCodec.decode(HexFormat.of().parseHex("c00001017f7b7d")))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("question 127 is not known here");
  }

  private static String hex(ControlMessage message) {
    return HexFormat.of().formatHex(ControlCodec.encode(message));
  }

  @Test
  void answersInAnyOrder_reachTheirQuestions() throws Exception {
    CompletableFuture<ObjectNode> one = client.ask(Question.STATUS, body());
    CompletableFuture<ObjectNode> two = client.ask(Question.BARRIER, body().put("path", ""));
    for (byte[] message : toServer) {
      server.received(message);
    }
    replies.get(1).complete(Reply.of(body().put("of", 2)));
    replies.get(0).completeExceptionally(new ProviderException(ErrorKind.DENIED, "not yours"));
    for (byte[] message : toClient) {
      client.received(message);
    }
    assertThat(two.get().path("of").asInt()).isEqualTo(2);
    assertThatThrownBy(one::get).hasRootCauseMessage("not yours");
  }

  @Test
  void lostLine_failsWhatWaits_asTransient() {
    CompletableFuture<ObjectNode> one = client.ask(Question.STATUS, body());
    client.lost();
    assertThatThrownBy(one::get)
        .hasCauseInstanceOf(ProviderException.class)
        .hasMessageContaining("asked again");
    assertThat(client.ask(Question.STATUS, body())).isCompletedExceptionally();
  }

  @Test
  void questionThatEndsInAnError_failsAlone_andTheLineGoesOn() throws Exception {
    List<byte[]> sent = new ArrayList<>();
    ControlLine line =
        new ControlLine(
            sent::add,
            (q, body) -> {
              if (q == Question.STATUS) {
                throw new IllegalArgumentException("not of this form");
              }
              return CompletableFuture.completedFuture(Reply.of(body));
            });
    line.received(ControlCodec.encode(new ControlMessage.Ask(1, Question.STATUS, body())));
    line.received(ControlCodec.encode(new ControlMessage.Ask(2, Question.PLACE, body())));
    assertThat(ControlCodec.decode(sent.get(0)))
        .isInstanceOfSatisfying(
            ControlMessage.Failure.class,
            e -> assertThat(e.message()).isEqualTo("not of this form"));
    assertThat(ControlCodec.decode(sent.get(1))).isEqualTo(new ControlMessage.Answer(2, body()));
  }

  @Test
  void tooManyQuestions_areRefused() throws IOException {
    for (int i = 1; i <= 256; i++) {
      server.received(ControlCodec.encode(new ControlMessage.Ask(i, Question.STATUS, body())));
    }
    assertThatThrownBy(
            () ->
                server.received(
                    ControlCodec.encode(new ControlMessage.Ask(257, Question.STATUS, body()))))
        .hasMessageContaining("asks more than 256 things at once");
  }

  @Tag("fuzz")
  @Property
  void anyBytes_areAMessageThatReadsBack_orRefused(@ForAll @Size(max = 60) byte[] bytes)
      throws IOException {
    byte[] marked = bytes.clone();
    if (marked.length > 2) {
      marked[0] = (byte) ControlCodec.MARK;
      marked[1] = 0;
    }
    try {
      ControlMessage message = ControlCodec.decode(marked);
      assertThat(ControlCodec.decode(ControlCodec.encode(message))).isEqualTo(message);
    } catch (ProviderException e) {
      assertThat(e).hasMessageContaining("a control message of a flow");
    }
  }

  @Tag("fuzz")
  @Property
  void damagedMessage_isOneThatReadsBack_orRefused(@ForAll int at, @ForAll byte flip)
      throws IOException {
    byte[] bytes =
        ControlCodec.encode(
            new ControlMessage.Failure(77, ErrorKind.TRANSIENT, "some \u00fc text"));
    bytes[Math.floorMod(at, bytes.length)] ^= flip;
    try {
      ControlMessage message = ControlCodec.decode(bytes);
      assertThat(ControlCodec.decode(ControlCodec.encode(message))).isEqualTo(message);
    } catch (ProviderException e) {
      assertThat(e).hasMessageContaining("a control message of a flow");
    }
  }
}
