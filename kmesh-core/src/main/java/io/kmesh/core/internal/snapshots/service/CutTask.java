// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.endpoints.Endpoints;
import io.kmesh.core.internal.endpoints.OpenEndpoint;
import io.kmesh.core.internal.hsm.JobContext;
import io.kmesh.core.internal.hsm.LongTask;
import io.kmesh.core.internal.hsm.ReportJson;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.core.internal.snapshots.ScanTally;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.core.internal.snapshots.cut.ConsistentCut;
import io.kmesh.core.internal.snapshots.cut.QuiesceLimits;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.snapshots.SnapshotCut;
import io.kmesh.snapshots.SnapshotCutSpec;
import io.kmesh.snapshots.SnapshotSpec;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * Takes snapshots of several sites at one moment. Their ids are part of what was asked, so that a
 * cut that a process published whole is not taken again, and a part of one is taken back. It waits
 * in a process that lacks a repository, a cluster or a hook.
 */
final class CutTask implements LongTask<SnapshotCut> {
  private final SnapshotParts parts;
  private final SnapshotMeans means;
  private final QuiesceHooks hooks;
  private final ReportCodec<SnapshotCut> codec;

  CutTask(
      SnapshotParts parts,
      SnapshotMeans means,
      QuiesceHooks hooks,
      ReportCodec<SnapshotCut> codec) {
    this.parts = parts;
    this.means = means;
    this.hooks = hooks;
    this.codec = codec;
  }

  /** What an operation is asked; each site names its repository. */
  static ObjectNode spec(String name, SnapshotCutSpec cut) {
    ObjectNode json = ReportJson.object().put("id", RandomIds.snapshot()).put("name", name);
    ArrayNode ids = json.putArray("ids");
    cut.sites().forEach(site -> ids.add(RandomIds.snapshot()));
    json.set("cut", SnapshotSpecJson.write(cut));
    return json;
  }

  private static SnapshotCutSpec read(ObjectNode json) {
    SnapshotCutSpec spec = SnapshotSpecJson.readCut(SpecJson.required(json, "cut"));
    if (ReportCodec.texts(json, "ids").size() != spec.sites().size()) {
      throw new IllegalArgumentException("there is not one id for each site");
    }
    return spec;
  }

  @Override
  public String type() {
    return "snapshot.take-together";
  }

  @Override
  public Class<SnapshotCut> resultType() {
    return SnapshotCut.class;
  }

  @Override
  public boolean isReady(ObjectNode json, Predicate<String> isAttached) {
    SnapshotCutSpec spec;
    try {
      spec = read(json);
    } catch (IllegalArgumentException e) {
      return true; // its run says what is wrong with it
    }
    return hooks.names().containsAll(spec.hooks())
        && spec.sites().stream()
            .allMatch(
                site ->
                    parts.repositories().isKnown(site.repository().orElse(""))
                        && Endpoints.cluster(site.source()).map(isAttached::test).orElse(true));
  }

  @Override
  public SnapshotCut run(ObjectNode json, JobContext context) throws IOException {
    ReportJson.checked(json);
    SnapshotCutSpec spec;
    try {
      spec = read(json);
    } catch (IllegalArgumentException e) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot read what an operation was asked: " + e.getMessage() + ". Start it anew.",
          e);
    }
    List<OpenEndpoint> sources = new ArrayList<>();
    try {
      for (SnapshotSpec site : spec.sites()) {
        sources.add(parts.endpoints().open(site.source()));
      }
      return run(spec, json, sources, context);
    } finally {
      for (OpenEndpoint source : sources) {
        source.close();
      }
    }
  }

  private SnapshotCut run(
      SnapshotCutSpec spec, ObjectNode json, List<OpenEndpoint> sources, JobContext context)
      throws IOException {
    String id = json.path("id").asText();
    List<ConsistentCut.Site> sites = sites(spec, json, sources);
    Retrier.Check check =
        () -> {
          context.checkCancelled();
          context.progress(sum(sites, ScanTally::files), -1, sum(sites, ScanTally::readBytes), 0);
        };
    QuiesceLimits limits = new QuiesceLimits(spec.hookDeadline(), spec.frozenDeadline());
    List<SnapshotStore.Taken> taken =
        hooks.use(
            spec.hooks(),
            check,
            (named, journal) -> {
              Optional<List<SnapshotStore.Taken>> before = ConsistentCut.resume(sites);
              return before.isPresent()
                  ? before.get()
                  : new ConsistentCut(named, limits, parts.time(), journal).take(id, sites, check);
            });
    List<Snapshot> snapshots = new ArrayList<>();
    for (int i = 0; i < taken.size(); i++) {
      SnapshotSpec site = spec.sites().get(i);
      snapshots.add(
          new StoredSnapshot(
              means,
              SnapshotFacts.of(site.repository().orElseThrow(), taken.get(i), site.holds())));
    }
    long files = snapshots.stream().mapToLong(Snapshot::files).sum();
    long read = sum(sites, ScanTally::readBytes);
    context.progress(files, files, read, read);
    return new SnapshotCut(id, snapshots);
  }

  private List<ConsistentCut.Site> sites(
      SnapshotCutSpec spec, ObjectNode json, List<OpenEndpoint> sources) throws IOException {
    List<String> ids = ReportCodec.texts(json, "ids");
    List<ConsistentCut.Site> sites = new ArrayList<>();
    for (int i = 0; i < sources.size(); i++) {
      SnapshotSpec site = spec.sites().get(i);
      sites.add(
          new ConsistentCut.Site(
              ids.get(i),
              site.holds(),
              parts.store(site.repository().orElseThrow(), parts.host(site.source())),
              TakeRequests.of(json.path("name").asText(), site, sources.get(i)),
              new ScanTally()));
    }
    return sites;
  }

  private static long sum(List<ConsistentCut.Site> sites, ToLongFunction<ScanTally> of) {
    return sites.stream().map(ConsistentCut.Site::tally).mapToLong(of).sum();
  }

  @Override
  public ObjectNode encode(SnapshotCut result) {
    return codec.encode(result);
  }

  @Override
  public SnapshotCut decode(ObjectNode json) throws IOException {
    return codec.decode(json);
  }
}
