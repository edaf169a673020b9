/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sessions over a Unix socket: a peer that does not read, or whose messages are not taken, holds up nobody else; nothing is lost or
 * told twice.
 */
#include <bulkhead/command.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <user/channel.h>
#include <user/host/sessions.h>

#define URGENT 'u'
#define SHORT  20 /* ms: what the daemon has for seconds */

int __real_timerfd_settime(int fd, int flags, const struct itimerspec *time,
			   struct itimerspec *old);
int __wrap_timerfd_settime(int fd, int flags, const struct itimerspec *time,
			   struct itimerspec *old);

static struct channel channel;
static int listener;
static char path[64];
static bool takes = true; /* whether the user takes what is not urgent */
static char taken[256];   /* first bytes of what it took */
static size_t taken_count, closed_count, lost_count;
static struct session *latest;

int __wrap_timerfd_settime(int fd, int flags, const struct itimerspec *time, struct itimerspec *old)
{
	const struct itimerspec soon = {.it_value.tv_nsec = SHORT * 1000000};

	assert_true(time->it_value.tv_sec >= 5);
	return __real_timerfd_settime(fd, flags, &soon, old);
}

static bool message(struct session *session, const uint8_t *data, size_t size)
{
	assert_true(size >= 1);
	if (!takes)
		return false;
	latest = session;
	taken[taken_count++] = (char)data[0];
	return true;
}

static bool urgent(struct session *session, const uint8_t *data, size_t size)
{
	(void)size;
	if (data[0] != URGENT)
		return false;
	latest = session;
	taken[taken_count++] = URGENT;
	return true;
}

static void closed(struct session *session)
{
	(void)session;
	closed_count++;
}

static void lost(struct session *session)
{
	(void)session;
	lost_count++;
}

static const struct channel_user user = {message, urgent, closed, lost};

static int set_up(void **state)
{
	(void)state;
	memset(&channel, 0, sizeof(channel));
	channel.fd = -1;
	(void)snprintf(path, sizeof(path), "/tmp/test_host_sessions.%d", (int)getpid());
	listener = sessions_listen(path, NULL);
	channel_begin(&channel, listener, &user);
	takes = true;
	taken_count = closed_count = lost_count = 0;
	latest = NULL;
	return listener >= 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	channel_begin(&channel, -1, &user);
	close(listener);
	return unlink(path);
}

static int peer_open(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	channel_serve(&channel);
	return fd;
}

static void peer_send(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), 0), strlen(text));
	channel_serve(&channel);
}

static void test_messages_both_ways(void **state)
{
	char text[16];
	int fd = peer_open();

	(void)state;
	peer_send(fd, "hello");
	assert_int_equal(taken_count, 1);
	assert_int_equal(latest->user, getuid());
	assert_true(session_send(latest, "one", 3));
	assert_true(session_send(latest, "second", 6));
	channel_serve(&channel);
	assert_int_equal(recv(fd, text, sizeof(text), 0), 3);
	assert_int_equal(recv(fd, text, sizeof(text), 0), 6);
	close(fd);
	channel_serve(&channel);
	assert_int_equal(closed_count, 1);
	assert_int_equal(lost_count, 0);
}

static void test_urgent_overtakes_and_others_go_on(void **state)
{
	int stuck = peer_open(), other = peer_open();

	(void)state;
	takes = false;
	peer_send(stuck, "a");
	peer_send(stuck, "b");
	peer_send(stuck, "urgent");
	assert_int_equal(taken_count, 1);
	assert_int_equal(taken[0], URGENT);
	peer_send(other, "under way, too");
	assert_int_equal(taken_count, 2);
	takes = true;
	channel_serve(&channel);
	assert_int_equal(taken_count, 4);
	assert_memory_equal(taken + 2, "ab", 2);
	close(stuck);
	close(other);
}

/* what is not taken stays with the sender in the end, and all of it comes when it is */
static void test_back_pressure(void **state)
{
	static char packet[CHANNEL_MESSAGE_MAX];
	int fd = peer_open();
	size_t sent = 0, turn;

	(void)state;
	memset(packet, 'p', sizeof(packet));
	takes = false;
	for (turn = 0; turn < 1000; turn++) {
		if (send(fd, packet, sizeof(packet), 0) == (ssize_t)sizeof(packet))
			sent++;
		else
			assert_int_equal(errno, EAGAIN);
		channel_serve(&channel);
	}
	assert_true(sent < 200);
	takes = true;
	for (turn = 0; turn < 100; turn++)
		channel_serve(&channel);
	assert_int_equal(taken_count, sent);
	close(fd);
}

static void test_peer_that_does_not_read(void **state)
{
	static char packet[CHANNEL_MESSAGE_MAX];
	int fd = peer_open();
	size_t got = 0;

	(void)state;
	peer_send(fd, "x");
	for (int i = 0; i < 100; i++)
		assert_true(session_send(latest, packet, sizeof(packet)));
	session_close(latest);
	channel_serve(&channel);
	while (recv(fd, packet, sizeof(packet), 0) == (ssize_t)sizeof(packet)) {
		got++;
		channel_serve(&channel);
	}
	assert_int_equal(got, 100);
	assert_int_equal(recv(fd, packet, sizeof(packet), 0), 0);
	close(fd);
	channel_serve(&channel);
	assert_int_equal(closed_count + lost_count, 0);
	for (size_t i = 0; i < CHANNEL_SESSIONS_MAX; i++)
		assert_int_equal(channel.sessions[i].id, 0);
}

/* closed by us while the peer still sends: it reads our last words all the same */
static void test_last_words(void **state)
{
	char text[8];
	int fd = peer_open();

	(void)state;
	peer_send(fd, "x");
	assert_int_equal(send(fd, "more", 4, 0), 4);
	assert_int_equal(send(fd, "and more", 8, 0), 8);
	assert_true(session_send(latest, "no", 2));
	session_close(latest);
	channel_serve(&channel);
	assert_int_equal(recv(fd, text, sizeof(text), 0), 2);
	assert_int_equal(recv(fd, text, sizeof(text), 0), 0);
	close(fd);
}

/* closed by us, and the other side stays: its place is free some time later, and our last words are there to be read */
static void test_peer_that_does_not_close(void **state)
{
	const struct timespec nap = {.tv_nsec = 2 * SHORT * 1000000};
	char text[8];
	int fd = peer_open(), other = peer_open();

	(void)state;
	peer_send(fd, "x");
	assert_true(session_send(latest, "no", 2));
	session_close(latest);
	channel_serve(&channel);
	for (int i = 0; i < 1000 && send(fd, "more", 4, MSG_NOSIGNAL) == 4; i++) {
		channel_serve(&channel);
		nanosleep(&nap, NULL);
	}
	assert_int_equal(errno, EPIPE);
	assert_int_equal(recv(fd, text, sizeof(text), 0), 2);
	assert_int_equal(closed_count + lost_count, 0);
	peer_send(other, "y");
	assert_int_equal(taken_count, 2);
	close(fd);
	close(other);
}

static void test_too_large(void **state)
{
	static char packet[CHANNEL_MESSAGE_MAX + 1];
	int fd = peer_open(), other = peer_open();

	(void)state;
	assert_int_equal(send(fd, packet, sizeof(packet), 0), sizeof(packet));
	channel_serve(&channel);
	assert_int_equal(lost_count, 1);
	peer_send(other, "y");
	assert_int_equal(taken_count, 1);
	close(fd);
	close(other);
}

static void test_as_many_as_there_can_be(void **state)
{
	struct {
		struct command_header header;
		struct answer_done done;
	} answer;
	int fds[CHANNEL_SESSIONS_MAX + 1];

	(void)state;
	for (size_t i = 0; i <= CHANNEL_SESSIONS_MAX; i++)
		fds[i] = peer_open();
	assert_int_equal(recv(fds[CHANNEL_SESSIONS_MAX], &answer, sizeof(answer), 0),
			 sizeof(answer));
	assert_int_equal(answer.header.type, ANSWER_DONE);
	assert_int_equal(answer.done.error, EMFILE);
	assert_int_equal(recv(fds[CHANNEL_SESSIONS_MAX], &answer, sizeof(answer), 0), 0);
	close(fds[0]);
	channel_serve(&channel);
	fds[0] = peer_open();
	peer_send(fds[0], "z");
	assert_int_equal(taken_count, 1);
	for (size_t i = 0; i <= CHANNEL_SESSIONS_MAX; i++)
		close(fds[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_messages_both_ways, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_urgent_overtakes_and_others_go_on, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_back_pressure, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_peer_that_does_not_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_last_words, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_peer_that_does_not_close, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_too_large, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_as_many_as_there_can_be, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
