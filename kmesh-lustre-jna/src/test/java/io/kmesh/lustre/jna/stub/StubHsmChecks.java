// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.stub;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.HsmState;
import io.kmesh.lustre.Layout;
import io.kmesh.lustre.LayoutComponent;
import io.kmesh.lustre.QuotaKind;
import io.kmesh.lustre.StripePattern;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.lustre.ImportAttributes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The client side of HSM: refusals by name, requests in parts, flags of newer releases. */
class StubHsmChecks extends StubChecks {
  @Test
  void calls_whenTheyFail_nameTheObjectAndTheErrno() throws IOException {
    Fid fid = create("file");
    List<String> unheard = new ArrayList<>();
    record Case(String function, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {}
    List<Case> cases =
        List.of(
            new Case("llapi_hsm_request", () -> request(HsmActionKind.ARCHIVE, fid)),
            new Case("llapi_hsm_state_get_fd", () -> lustre().hsm().state(fid)),
            new Case("llapi_hsm_current_action", () -> lustre().hsm().currentAction(fid)),
            new Case("llapi_get_data_version", () -> lustre().hsm().dataVersion(fid)),
            new Case("llapi_fid2path", () -> lustre().identity().paths(fid)),
            new Case("llapi_path2fid", () -> lustre().identity().fid(PathBytes.of("file"))),
            new Case("llapi_obd_fstatfs", () -> lustre().usage().targets()),
            new Case("llapi_get_poollist", () -> lustre().usage().pools()),
            new Case("llapi_quotactl", () -> lustre().usage().quota(QuotaKind.USER, 0)),
            new Case("ioctl", () -> lustre().identity().project(fid)));
    for (Case one : cases) {
      long before = stub.calls(one.function());
      stub.failNext(one.function(), Errno.EIO.code());
      Throwable thrown = org.assertj.core.api.Assertions.catchThrowable(one.call());
      if (stub.calls(one.function()) == before) {
        unheard.add(one.function());
      } else {
        assertThat(thrown).as(one.function()).isInstanceOf(ProviderException.class);
        assertThat(thrown.getMessage()).startsWith("Cannot ").contains("EIO");
      }
    }
    assertThat(unheard).as("functions that were not called").isEmpty();
  }

  @Test
  void request_whenOneMdtRefuses_isQueuedByTheOther() throws IOException {
    Set<Integer> mdts = new HashSet<>();
    List<Fid> fids = new ArrayList<>();
    try (PosixDirectory root = lustre().tree().openRoot()) {
      for (String name : List.of("a", "b")) {
        root.makeDirectory(PathBytes.of(name), 0700);
        fids.add(create(name + "/file"));
        mdts.add(lustre().identity().mdt(fids.get(fids.size() - 1)));
      }
    }
    assertThat(mdts).as("directories alternate").hasSize(2);
    stub.failNext("llapi_hsm_request", Errno.EAGAIN.code());
    ProviderException e =
        failure(
            () ->
                lustre().hsm().request(HsmRequest.of(HsmActionKind.ARCHIVE, ArchiveId.ANY, fids)));
    assertThat(e.errno()).hasValue(Errno.EAGAIN);
    assertThat(e.getMessage()).contains("2 files", "does not run (inferred)");
    int first = lustre().identity().mdt(fids.get(0));
    assertThat(stub.actions(first)).isEmpty();
    assertThat(stub.actions(1 - first)).contains(fids.get(1).toString());
  }

  @Test
  void restore_whenThePolicyLetsNobodyWait_isQueuedToTheLastFile() throws IOException {
    List<Fid> fids = new ArrayList<>();
    for (int i = 0; i < 120; i++) {
      fids.add(new Fid(0x200000401L, 1000 + i, 0));
    }
    long before = stub.calls("llapi_hsm_request");
    for (int i = 0; i < 3; i++) {
      stub.failNext("llapi_hsm_request", Errno.ENODATA.code());
    }
    ProviderException e =
        failure(
            () ->
                lustre().hsm().request(HsmRequest.of(HsmActionKind.RESTORE, ArchiveId.ANY, fids)));
    assertThat(e.errno()).hasValue(Errno.ENODATA);
    assertThat(e.getMessage()).contains("it is queued", "NonBlockingRestore", "(inferred)");
    assertThat(stub.calls("llapi_hsm_request")).as("parts of 52").isEqualTo(before + 3);
  }

  @Test
  void hsm_whenTheObjectIsALink_isNeverThatOfItsTarget() throws IOException {
    Fid file = create("file");
    Fid link;
    try (PosixDirectory root = lustre().tree().openRoot()) {
      root.makeSymlink(
          PathBytes.of("link"), PathBytes.of(directory.resolve("mnt").resolve("file").toString()));
      link = lustre().identity().fid(root, PathBytes.of("link"));
    }
    assertThat(
            failure(
                    () ->
                        lustre()
                            .hsm()
                            .changeState(link, Set.of(HsmFlag.NOARCHIVE), Set.of(), ArchiveId.ANY))
                .errno())
        .hasValue(Errno.ELOOP);
    assertThat(failure(() -> lustre().hsm().currentAction(link)).errno()).hasValue(Errno.ELOOP);
    assertThat(failure(() -> lustre().hsm().state(link)).errno()).hasValue(Errno.ELOOP);
    assertThat(lustre().hsm().state(file).flags()).isEmpty();
  }

  @Test
  void state_whenANewerReleaseSetsAFlag_keepsIt() throws IOException {
    Fid fid = create("file");
    stub.setState(directory.resolve("mnt").resolve("file"), 0x4009, 0x7fffffff);
    HsmState state = lustre().hsm().state(fid);
    assertThat(state.bits()).isEqualTo(0x4009);
    assertThat(state.archiveId()).isEqualTo(ArchiveId.of(0x7fffffff));
    assertThat(state.toString()).contains("0x4000");
  }

  @Test
  void state_isReadWithoutThePathForm() throws IOException {
    Fid fid = create("file");
    for (int i = 0; i < 5; i++) {
      lustre().hsm().state(fid);
    }
    assertThat(stub.calls("llapi_hsm_state_get")).isZero();
    assertThat(stub.calls("llapi_hsm_state_get_fd")).isEqualTo(5);
  }

  @Test
  void request_whenThePayloadIsTooLarge_isInvalidAndNothingIsQueued() throws IOException {
    Fid fid = create("file");
    HsmRequest large =
        new HsmRequest(HsmActionKind.ARCHIVE, ArchiveId.ANY, List.of(fid), new byte[2000]);
    ProviderException e = failure(() -> lustre().hsm().request(large));
    assertThat(e.kind()).isEqualTo(ErrorKind.INVALID);
    assertThat(e.getMessage()).contains("2000");
    assertThat(stub.actions(lustre().identity().mdt(fid))).isEmpty();
  }

  @Test
  void importStub_whenComposite_isReleasedInAllComponents() throws IOException {
    Layout layout =
        new Layout(
            List.of(
                new LayoutComponent(0, 1 << 20, StripePattern.RAID0, 1, 1 << 20, null),
                new LayoutComponent(
                    1 << 20, LayoutComponent.TO_EOF, StripePattern.RAID0, 2, 1 << 20, null)),
            false);
    FileTime time = new FileTime(1_234_567_890, 0);
    Fid fid =
        lustre()
            .hsm()
            .importStub(
                PathBytes.of("stub"),
                ArchiveId.of(3),
                new ImportAttributes(0644, 1, 2, 1 << 21, time, time),
                layout);
    assertThat(lustre().hsm().state(fid).bits()).isEqualTo(0xd);
    assertThat(lustre().hsm().state(fid).archiveId()).isEqualTo(ArchiveId.of(3));
    assertThat(lustre().identity().stat(fid).size()).isEqualTo(1 << 21);
    assertThat(lustre().layouts().layout(fid).components()).hasSize(2);
    assertThat(lustre().layouts().layout(fid).isReleased()).isTrue();
  }
}
