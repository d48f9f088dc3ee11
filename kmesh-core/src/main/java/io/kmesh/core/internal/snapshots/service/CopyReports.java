// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import static io.kmesh.core.internal.snapshots.service.ReportCodec.number;
import static io.kmesh.core.internal.snapshots.service.ReportCodec.size;
import static io.kmesh.core.internal.snapshots.service.ReportCodec.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.core.internal.endpoints.EndpointJson;
import io.kmesh.core.internal.snapshots.fs.CopyRefresh;
import io.kmesh.core.internal.snapshots.fs.SyncResult;
import io.kmesh.path.PathBytes;
import io.kmesh.snapshots.ReverseSyncReport;
import io.kmesh.snapshots.SnapshotProblem;
import io.kmesh.snapshots.VirtualCopyChange;
import io.kmesh.snapshots.VirtualCopyConflict;
import io.kmesh.snapshots.VirtualCopyDeletion;
import io.kmesh.snapshots.VirtualCopyRefresh;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.unit.DataSize;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What operations on virtual copies report, and the JSON forms. */
final class CopyReports {
  static final ReportCodec<VirtualCopyRefresh> REFRESH =
      new ReportCodec<>(
          VirtualCopyRefresh.class,
          (json, r) -> {
            json.put("before", r.before()).put("now", r.now()).put("kept", r.kept());
            for (VirtualCopyChange change : r.keptDetails()) {
              write(json.withArray("keptDetails").addObject(), change);
            }
            json.put("conflicts", r.conflicts());
            writeConflicts(json, r.conflictDetails());
            json.put("copied", r.copied().bytes()).put("leftOut", r.leftOut());
            SnapshotFacts.writeDetails(json, "leftOutDetails", r.leftOutDetails());
          },
          json -> {
            List<VirtualCopyChange> kept = new ArrayList<>();
            json.path("keptDetails").forEach(change -> kept.add(readChange(change)));
            return new VirtualCopyRefresh(
                text(json, "before"),
                text(json, "now"),
                number(json, "kept"),
                kept,
                number(json, "conflicts"),
                readConflicts(json),
                size(json, "copied"),
                number(json, "leftOut"),
                SnapshotFacts.readDetails(json, "leftOutDetails"));
          });

  static final ReportCodec<ReverseSyncReport> REVERSE_SYNC =
      new ReportCodec<>(
          ReverseSyncReport.class,
          (json, r) -> {
            json.set("target", EndpointJson.write(r.target()));
            json.put("steps", r.steps()).put("moved", r.moved().bytes());
            json.put("conflicts", r.conflicts());
            writeConflicts(json, r.conflictDetails());
            json.put("problems", r.problems());
            SnapshotFacts.writeDetails(json, r.problemDetails());
          },
          json ->
              new ReverseSyncReport(
                  EndpointJson.read(json.path("target")),
                  number(json, "steps"),
                  size(json, "moved"),
                  number(json, "conflicts"),
                  readConflicts(json),
                  number(json, "problems"),
                  SnapshotFacts.readDetails(json)));

  static final ReportCodec<VirtualCopyDeletion> DELETION =
      new ReportCodec<>(
          VirtualCopyDeletion.class,
          (json, r) -> json.put("id", r.id()).put("freed", r.freed().bytes()),
          json -> new VirtualCopyDeletion(text(json, "id"), size(json, "freed")));

  private CopyReports() {}

  static VirtualCopyRefresh of(CopyRefresh r) {
    return new VirtualCopyRefresh(
        r.before(),
        r.snapshot(),
        r.kept().size(),
        r.kept().stream().limit(VirtualCopyConflict.MOST).map(CopyViews::change).toList(),
        r.conflicts().size(),
        CopyViews.conflicts(r.conflicts(), VirtualCopyConflict.MOST),
        DataSize.ofBytes(r.copiedBytes()),
        r.leftOut().size(),
        problems(r.leftOut()));
  }

  /**
   * What a refresh did that goes on after a cut: the conflicts that it ended before, too.
   *
   * @param before what was kept of the run that was cut
   */
  static VirtualCopyRefresh after(Optional<VirtualCopyRefresh> before, VirtualCopyRefresh now) {
    if (before.isEmpty()) {
      return now;
    }
    VirtualCopyRefresh first = before.get();
    List<VirtualCopyConflict> all = new ArrayList<>(first.conflictDetails());
    now.conflictDetails().stream()
        .filter(c -> all.stream().noneMatch(known -> isSame(known, c)))
        .forEach(all::add);
    boolean isAll = first.conflicts() == first.conflictDetails().size();
    return new VirtualCopyRefresh(
        first.before(),
        now.now(),
        now.kept(),
        now.keptDetails(),
        isAll ? all.size() : Math.max(first.conflicts(), now.conflicts()),
        all.stream().limit(VirtualCopyConflict.MOST).toList(),
        now.copied(),
        now.leftOut(),
        now.leftOutDetails());
  }

  private static boolean isSame(VirtualCopyConflict one, VirtualCopyConflict other) {
    return one.path().equals(other.path()) && one.kind() == other.kind();
  }

  static ReverseSyncReport of(Endpoint target, SyncResult r) {
    return new ReverseSyncReport(
        target,
        r.steps(),
        DataSize.ofBytes(r.movedBytes()),
        r.conflicts().size(),
        CopyViews.conflicts(r.conflicts(), VirtualCopyConflict.MOST),
        r.problems().size(),
        problems(r.problems()));
  }

  private static List<SnapshotProblem> problems(
      List<io.kmesh.core.internal.snapshots.SnapshotProblem> all) {
    return all.stream()
        .limit(SnapshotProblem.MOST)
        .map(p -> new SnapshotProblem(p.path(), p.reason()))
        .toList();
  }

  private static void write(ObjectNode json, VirtualCopyChange change) {
    json.put("kind", change.kind().name());
    writePath(json, "path", change.path());
    if (change.baseOrNull() != null) {
      writePath(json, "base", change.baseOrNull());
    }
  }

  private static VirtualCopyChange readChange(JsonNode json) {
    return new VirtualCopyChange(
        VirtualCopyChange.Kind.valueOf(text(json, "kind")),
        path(json, "path"),
        json.has("base") ? path(json, "base") : null);
  }

  private static void writeConflicts(ObjectNode json, List<VirtualCopyConflict> conflicts) {
    for (VirtualCopyConflict c : conflicts) {
      ObjectNode node = json.withArray("conflictDetails").addObject();
      node.put("kind", c.kind().name());
      writePath(node, "path", c.path());
      writeSide(node, "before", c.beforeOrNull());
      writeSide(node, "ours", c.oursOrNull());
      writeSide(node, "theirs", c.theirsOrNull());
      node.put("result", c.result().name());
    }
  }

  private static List<VirtualCopyConflict> readConflicts(JsonNode json) {
    List<VirtualCopyConflict> conflicts = new ArrayList<>();
    for (JsonNode node : json.path("conflictDetails")) {
      conflicts.add(
          new VirtualCopyConflict(
              VirtualCopyConflict.Kind.valueOf(text(node, "kind")),
              path(node, "path"),
              readSide(node.path("before")),
              readSide(node.path("ours")),
              readSide(node.path("theirs")),
              VirtualCopyConflict.Result.valueOf(text(node, "result"))));
    }
    return conflicts;
  }

  private static void writeSide(
      ObjectNode json, String field, VirtualCopyConflict.@Nullable Side side) {
    if (side != null) {
      json.putObject(field)
          .put("type", side.type().name())
          .put("mode", side.mode())
          .put("uid", side.uid())
          .put("gid", side.gid())
          .put("size", side.size().bytes())
          .put("seconds", side.mtime().seconds())
          .put("nanos", side.mtime().nanos());
    }
  }

  private static VirtualCopyConflict.@Nullable Side readSide(JsonNode json) {
    if (json.isMissingNode()) {
      return null;
    }
    return new VirtualCopyConflict.Side(
        FileType.valueOf(text(json, "type")),
        (int) number(json, "mode"),
        number(json, "uid"),
        number(json, "gid"),
        size(json, "size"),
        new FileTime(number(json, "seconds"), (int) number(json, "nanos")));
  }

  private static void writePath(ObjectNode json, String field, PathBytes path) {
    json.put(field, HexFormat.of().formatHex(path.toBytes()));
  }

  private static PathBytes path(JsonNode json, String field) {
    return PathBytes.of(HexFormat.of().parseHex(text(json, field)));
  }
}
