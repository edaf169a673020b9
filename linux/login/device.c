// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * /dev/bulkhead: each open file is a session of the channel, each write(2) a message to the control task, each read(2) one
 * from it. Who may open it is a matter of the file's owner and mode: the module has no policy of its own.
 */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <bulkhead/status.h>
#include "login.h"

struct login_file {
	struct login *login;
	struct core_session *session;
	struct mutex read_lock; /* of bounce */
	u8 bounce[CHANNEL_MESSAGE_MAX];
};

static struct login *the_login;

static int error_of(int64_t status)
{
	switch (status) {
	case BH_EBUSY:
		return -EAGAIN;
	case BH_EINVAL:
	case BH_ERANGE:
		return -EMSGSIZE;
	case BH_ENOENT:
		return -EPIPE;
	default:
		return -EIO;
	}
}

static int device_open(struct inode *inode, struct file *file)
{
	struct login *login = the_login;
	struct login_file *one = kzalloc(sizeof(*one), GFP_KERNEL);
	u8 *buffer = kvmalloc(CHANNEL_WINDOW, GFP_KERNEL);

	if (!one || !buffer)
		goto no_memory;
	mutex_lock(&login->lock);
	one->session = core_open(&login->core, buffer, from_kuid(&init_user_ns, current_euid()));
	mutex_unlock(&login->lock);
	if (!one->session) {
		kvfree(buffer);
		kfree(one);
		return -EMFILE;
	}
	one->login = login;
	mutex_init(&one->read_lock);
	file->private_data = one;
	login_serve(login);
	return stream_open(inode, file);

no_memory:
	kvfree(buffer);
	kfree(one);
	return -ENOMEM;
}

static int device_release(struct inode *inode, struct file *file)
{
	struct login_file *one = file->private_data;
	struct login *login = one->login;
	u8 *buffer;

	mutex_lock(&login->lock);
	buffer = core_close(&login->core, one->session);
	mutex_unlock(&login->lock);
	login_serve(login);
	kvfree(buffer);
	kfree(one);
	return 0;
}

static unsigned int events_of(struct login_file *one)
{
	unsigned int events;

	mutex_lock(&one->login->lock);
	events = core_events(&one->login->core, one->session);
	mutex_unlock(&one->login->lock);
	return events;
}

static int wait_for(struct file *file, unsigned int wanted)
{
	struct login_file *one = file->private_data;

	if (file->f_flags & O_NONBLOCK)
		return -EAGAIN;
	return wait_event_interruptible(one->login->changed,
					events_of(one) & (wanted | CORE_ENDED | CORE_BROKEN));
}

static int64_t receive(struct login_file *one, size_t size)
{
	int64_t got;

	mutex_lock(&one->login->lock);
	got = core_receive(&one->login->core, one->session, one->bounce,
			   min_t(size_t, size, CHANNEL_MESSAGE_MAX));
	mutex_unlock(&one->login->lock);
	return got;
}

/* One message; EMSGSIZE when it does not fit, and it stays. */
static ssize_t device_read(struct file *file, char __user *to, size_t size, loff_t *offset)
{
	struct login_file *one = file->private_data;
	ssize_t result;
	int64_t got;

	do {
		mutex_lock(&one->read_lock);
		got = receive(one, size);
		result = got < 0 ? error_of(got) : (ssize_t)got;
		if (got > 0 && copy_to_user(to, one->bounce, (size_t)got))
			result = -EFAULT;
		mutex_unlock(&one->read_lock);
		if (got != BH_EBUSY)
			break;
		result = wait_for(file, CORE_READABLE);
	} while (!result);
	if (got > 0)
		login_serve(one->login);
	return result;
}

static ssize_t device_write(struct file *file, const char __user *from, size_t size, loff_t *offset)
{
	struct login_file *one = file->private_data;
	ssize_t result;
	int status;
	void *message;

	if (size == 0 || size > CHANNEL_MESSAGE_MAX)
		return -EMSGSIZE;
	message = memdup_user(from, size);
	if (IS_ERR(message))
		return PTR_ERR(message);
	do {
		mutex_lock(&one->login->lock);
		status = core_send(&one->login->core, one->session, message, size);
		mutex_unlock(&one->login->lock);
		result = status ? error_of(status) : (ssize_t)size;
		if (status != BH_EBUSY)
			break;
		result = wait_for(file, CORE_WRITABLE);
	} while (!result);
	if (!status)
		login_serve(one->login);
	kfree(message);
	return result;
}

static __poll_t device_poll(struct file *file, poll_table *table)
{
	struct login_file *one = file->private_data;
	__poll_t mask = 0;
	unsigned int events;

	poll_wait(file, &one->login->changed, table);
	events = events_of(one);
	if (events & CORE_READABLE)
		mask |= EPOLLIN | EPOLLRDNORM;
	if (events & CORE_WRITABLE)
		mask |= EPOLLOUT | EPOLLWRNORM;
	if (events & CORE_ENDED)
		mask |= EPOLLIN | EPOLLRDHUP;
	if (events & CORE_BROKEN)
		mask |= EPOLLERR | EPOLLHUP;
	return mask;
}

static const struct file_operations operations = {
	.owner = THIS_MODULE,
	.open = device_open,
	.release = device_release,
	.read = device_read,
	.write = device_write,
	.poll = device_poll,
	.llseek = no_llseek,
};

static struct miscdevice misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "bulkhead",
	.fops = &operations,
	.mode = 0660, /* the group is given by a rule of udev, or by whoever made the file tree */
};

int login_device_register(struct login *login)
{
	int error;

	if (the_login)
		return -EBUSY;
	the_login = login;
	misc.parent = login->dev;
	error = misc_register(&misc);
	if (error)
		the_login = NULL;
	return error;
}

void login_device_unregister(void)
{
	misc_deregister(&misc);
	the_login = NULL;
}
