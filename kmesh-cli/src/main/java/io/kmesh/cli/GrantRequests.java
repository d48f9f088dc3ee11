// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.KmeshException;
import io.kmesh.flows.AuditEntry;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.FlowGrant;
import io.kmesh.flows.Grant;
import io.kmesh.spi.ErrorKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/** Requests on what is sensitive in a flow: grants, the audit log, reading. Stateless. */
final class GrantRequests {
  /** About how many characters an answer has: the socket takes 1 MiB a line. */
  private static final int MUCH = 1 << 19;

  private static final int MOST_BYTES = 256 << 10;

  private GrantRequests() {}

  static ObjectNode grant(DataFlow flow, JsonNode request) {
    Grant.Draft draft = Grant.to(text(request, "who")).path(text(request, "path"));
    if (request.has("from")) {
      draft = draft.from(Instant.parse(text(request, "from")));
    }
    return json(flow.grant(draft.until(Instant.parse(text(request, "until")))));
  }

  static ObjectNode revoke(DataFlow flow, JsonNode request) {
    flow.revoke(text(request, "id"));
    return Output.object().put("revoked", text(request, "id"));
  }

  /** The newest first, as many as an answer may have. */
  static ObjectNode list(DataFlow flow) {
    ObjectNode answer = Output.object().put("name", flow.name());
    ArrayNode told = answer.putArray("grants");
    List<FlowGrant> all = flow.grants();
    int size = 0;
    for (int i = all.size() - 1; i >= 0 && size < MUCH; i--) {
      ObjectNode next = json(all.get(i));
      size += next.toString().length();
      told.add(next);
    }
    return answer.put("total", all.size());
  }

  private static ObjectNode json(FlowGrant grant) {
    ObjectNode json =
        Output.object()
            .put("id", grant.id())
            .put("who", grant.grant().who())
            .put("path", grant.grant().path())
            .put("from", grant.grant().from().toString())
            .put("until", grant.grant().until().toString())
            .put("state", grant.state().name())
            .put("given", grant.given().toString());
    grant.ended().ifPresent(at -> json.put("ended", at.toString()));
    return json;
  }

  /** A page of the log, from behind an entry on; what is wrong with it is told behind the rest. */
  static ObjectNode audit(DataFlow flow, JsonNode request) {
    long after = request.path("after").asLong();
    Instant since = request.has("since") ? Instant.parse(text(request, "since")) : Instant.EPOCH;
    ObjectNode answer = Output.object().put("name", flow.name()).put("more", false);
    ArrayNode told = answer.putArray("entries");
    int size = 0;
    try (Stream<AuditEntry> all = flow.audit()) {
      for (Iterator<AuditEntry> entries = all.iterator(); entries.hasNext(); ) {
        AuditEntry entry = entries.next();
        if (entry.number() <= after || entry.at().isBefore(since)) {
          continue;
        }
        if (size > MUCH) {
          answer.put("more", true);
          break;
        }
        ObjectNode next = json(entry);
        size += next.toString().length();
        told.add(next);
      }
    } catch (KmeshException e) {
      if (e.kind() != ErrorKind.CORRUPT) {
        throw e;
      }
      answer.put("damaged", String.valueOf(e.getMessage()));
    }
    return answer;
  }

  private static ObjectNode json(AuditEntry entry) {
    return Output.object()
        .put("number", entry.number())
        .put("at", entry.at().toString())
        .put("action", entry.action().name())
        .put("who", entry.who())
        .put("path", entry.path())
        .put("grant", entry.grant())
        .put("from", entry.from())
        .put("to", entry.to())
        .put("bytes", entry.bytes())
        .put("reason", entry.reason());
  }

  /** Some bytes of a file, from a place on, with what tells whether it is the same version. */
  static ObjectNode read(DataFlow flow, JsonNode request) {
    FileSystem files = request.has("as") ? flow.fileSystem(text(request, "as")) : flow.fileSystem();
    Path file = files.getPath("/").resolve(text(request, "path"));
    if (Files.isDirectory(file)) {
      throw new KmeshException(
          ErrorKind.INVALID,
          "Cannot read "
              + file
              + " of the flow \""
              + flow.name()
              + "\": it is a directory. Name a file.");
    }
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      channel.position(request.path("offset").asLong());
      ByteBuffer bytes = ByteBuffer.allocate(MOST_BYTES);
      while (bytes.hasRemaining() && channel.read(bytes) > 0) {
        // until it is full, or the file ends
      }
      return Output.object()
          .put("size", channel.size())
          .put("modified", Files.getLastModifiedTime(file).toInstant().toString())
          .put(
              "bytes",
              Base64.getEncoder().encodeToString(Arrays.copyOf(bytes.array(), bytes.position())));
    } catch (NoSuchFileException e) {
      throw new KmeshException(
          ErrorKind.NOT_FOUND,
          "Cannot read " + file + ": the flow \"" + flow.name() + "\" has no such file.",
          e);
    } catch (AccessDeniedException e) {
      throw new KmeshException(ErrorKind.DENIED, "Cannot read " + e.getMessage(), e);
    } catch (IOException e) {
      throw KmeshException.ofRead(e);
    }
  }

  private static String text(JsonNode request, String field) {
    JsonNode value = request.path(field);
    if (!value.isTextual()) {
      throw new IllegalArgumentException("The request has no text \"" + field + "\".");
    }
    return value.textValue();
  }
}
