// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.flows.FlowConflict;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;

/**
 * What sites ask and tell each other of several masters: docs/format/flow-control.md, version 0.
 * Stateless.
 */
public final class MasterJson {
  private static final int FORMAT = 0;
  private static final Pattern ID = Pattern.compile("[0-9a-f]{16}");
  private static final int MOST_WORD = 64;
  private static final int MOST_PATH = 1 << 16;
  private static final int MOST_NEXT = 256;

  private MasterJson() {}

  /** Where a log is. */
  public static ObjectNode writePlace(long place) {
    return SpecJson.object(FORMAT).put("place", place);
  }

  static long readPlace(JsonNode json) throws ProviderException {
    requireFormat(json);
    JsonNode place = json.path("place");
    if (!place.isIntegralNumber() || !place.canConvertToLong() || place.longValue() < 0) {
      throw damaged("\"place\" is no place in a log");
    }
    return place.longValue();
  }

  /**
   * Has an end tell the conflicts that are asked for.
   *
   * @param asked the question's body
   * @throws ProviderException INVALID when it asks for none or for too many
   */
  public static CompletableFuture<ConflictPage> tell(JsonNode asked, MasterEnd end)
      throws ProviderException {
    if (asked.has("id")) {
      return end.find(text(asked, "id", MOST_WORD));
    }
    int most = asked.path("most").asInt(ConflictPage.MOST);
    if (most < 1 || most > ConflictPage.MOST) {
      throw damaged("\"most\" is not between 1 and " + ConflictPage.MOST);
    }
    return end.conflicts(text(asked, "from", MOST_NEXT), most);
  }

  /**
   * Has an end do what was decided about a conflict.
   *
   * @param asked the question's body
   * @throws ProviderException INVALID when it says nothing that can be done
   */
  public static CompletableFuture<Void> resolve(JsonNode asked, MasterEnd end)
      throws ProviderException {
    return end.resolve(
        text(asked, "id", MOST_WORD), oneOf(Resolution.values(), text(asked, "how", MOST_WORD)));
  }

  /** Conflicts. */
  public static ObjectNode writePage(ConflictPage page) {
    ObjectNode json = SpecJson.object(FORMAT);
    ArrayNode all = json.putArray("conflicts");
    for (FlowConflict one : page.conflicts()) {
      all.addObject()
          .put("id", one.id())
          .put("kind", one.kind().name())
          .put("path", one.path())
          .put("winner", one.winner())
          .put("loser", one.loser())
          .put("policy", one.policy())
          .put("keptEnd", one.keptEnd())
          .put("kept", one.kept())
          .put("foundMillis", one.found().toEpochMilli());
    }
    return json.put("next", page.next());
  }

  /**
   * Reads conflicts.
   *
   * @throws ProviderException INVALID when they are none, more than was asked for, or none with
   *     more to come
   */
  static ConflictPage readPage(JsonNode json) throws ProviderException {
    requireFormat(json);
    List<FlowConflict> all = new ArrayList<>();
    for (JsonNode one : json.path("conflicts")) {
      if (all.size() == ConflictPage.MOST) {
        throw damaged("they are more than " + ConflictPage.MOST);
      }
      all.add(readConflict(one));
    }
    String next = text(json, "next", MOST_NEXT);
    if (all.isEmpty() && !next.isEmpty()) {
      throw damaged("a page is empty, and not the last");
    }
    return new ConflictPage(all, next);
  }

  private static FlowConflict readConflict(JsonNode one) throws ProviderException {
    String id = text(one, "id", MOST_WORD);
    if (!ID.matcher(id).matches()) {
      throw damaged("\"" + id + "\" is no name of a conflict");
    }
    return new FlowConflict(
        id,
        oneOf(FlowConflict.Kind.values(), text(one, "kind", MOST_WORD)),
        text(one, "path", MOST_PATH),
        text(one, "winner", MOST_WORD),
        text(one, "loser", MOST_WORD),
        text(one, "policy", MOST_WORD),
        text(one, "keptEnd", MOST_WORD),
        text(one, "kept", MOST_PATH),
        Instant.ofEpochMilli(one.path("foundMillis").asLong()));
  }

  private static <E extends Enum<E>> E oneOf(E[] all, String name) throws ProviderException {
    for (E one : all) {
      if (one.name().equals(name)) {
        return one;
      }
    }
    throw damaged("\"" + name + "\" is not known here");
  }

  private static String text(JsonNode json, String field, int most) throws ProviderException {
    String text = Optional.ofNullable(json.path(field).textValue()).orElse("");
    if (text.length() > most) {
      throw damaged("\"" + field + "\" has more than " + most + " characters");
    }
    return text;
  }

  private static void requireFormat(JsonNode json) throws ProviderException {
    if (json.path("format").asInt(-1) != FORMAT) {
      throw damaged("the format is not known");
    }
  }

  private static ProviderException damaged(String why) {
    return new ProviderException(
        ErrorKind.INVALID,
        "Cannot read what the other site says of conflicts: "
            + why
            + ". It may run another build; use the same at both.");
  }
}
