// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Durability;
import io.kmesh.Receipt;
import io.kmesh.core.internal.hsm.HsmGoal;
import io.kmesh.core.internal.hsm.HsmJob;
import io.kmesh.core.internal.hsm.JobContext;
import io.kmesh.core.internal.hsm.LongTask;
import io.kmesh.core.internal.hsm.ReportJson;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmReport;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.store.Sha256;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HexFormat;

/** Archives one file and issues the receipt that was asked. */
final class ArchiveTask implements LongTask<Receipt> {
  private final ClusterRegistry clusters;

  ArchiveTask(ClusterRegistry clusters) {
    this.clusters = clusters;
  }

  @Override
  public String type() {
    return "hsm.archive";
  }

  @Override
  public Class<Receipt> resultType() {
    return Receipt.class;
  }

  @Override
  public Receipt run(ObjectNode json, JobContext context) throws IOException {
    HsmSpecs spec = HsmSpecs.read(json);
    AttachedCluster cluster = clusters.attached(spec.cluster());
    FileStat stat = cluster.lustre().tree().stat(spec.path());
    if (!stat.isRegular()) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot archive "
              + spec.path()
              + " of "
              + spec.cluster()
              + ": it is a "
              + stat.type()
              + ". Name a regular file, or call archiveTree.");
    }
    Fid fid = cluster.lustre().identity().fid(spec.path());
    Proofs proofs = cluster.proofs();
    if (spec.durability() == Durability.LOCAL) {
      return proofs.local(spec.path(), fid);
    }
    HsmJob job =
        cluster.job(HsmGoal.ARCHIVED, spec.store(), proofs.ofOne(spec.durability()), context);
    job.add(spec.path(), fid, stat.size());
    HsmReport report = job.finish();
    if (!report.details().isEmpty()) {
      throw new ProviderException(
          report.failed() > 0 ? job.firstFailure() : ErrorKind.NOT_FOUND,
          "Cannot archive "
              + spec.path()
              + " of "
              + spec.cluster()
              + ": "
              + report.details().get(0).reason());
    }
    return spec.durability() == Durability.ARCHIVED
        ? proofs.archived(spec.path(), fid, spec.store())
        : proofs.remote(spec.path(), fid).orElseThrow(() -> proofs.changing(spec.path()));
  }

  @Override
  public ObjectNode encode(Receipt r) {
    ObjectNode node = ReportJson.object();
    node.put("cluster", r.cluster())
        .put("path", HexFormat.of().formatHex(r.path().toBytes()))
        .put("fid", r.fid().toString())
        .put("dataVersion", r.dataVersion())
        .put("size", r.size())
        .put("durability", r.durability().name())
        .put("time", r.time().toString());
    r.store().ifPresent(s -> node.put("store", s));
    r.key().ifPresent(k -> node.put("key", k));
    r.version().ifPresent(v -> node.put("version", v));
    r.sha256().ifPresent(s -> node.put("sha256", s.toString()));
    return node;
  }

  @Override
  public Receipt decode(ObjectNode json) throws IOException {
    ReportJson.checked(json);
    try {
      return new StoredReceipt(
          json.path("cluster").asText(),
          PathBytes.of(HexFormat.of().parseHex(json.path("path").asText())),
          Fid.parse(json.path("fid").asText()),
          json.path("dataVersion").asLong(),
          json.path("size").asLong(),
          Durability.valueOf(json.path("durability").asText()),
          json.path("store").textValue(),
          json.path("key").textValue(),
          json.path("version").textValue(),
          json.has("sha256") ? Sha256.parse(json.path("sha256").asText()) : null,
          Instant.parse(json.path("time").asText()),
          // The cluster need not be attached to read a receipt, only to ask whether it holds.
          receipt -> clusters.attached(receipt.cluster()).proofs().stillHolds(receipt));
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot read a receipt: " + e.getMessage() + ". Archive the file again.",
          e);
    }
  }
}
